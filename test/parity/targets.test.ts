import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { describeWithPeers } from '../helpers/peers.js'
import { RealConsul } from '../helpers/real-consul.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { fillConsul } from './consul-services.js'
import { shown, type ShownOptions } from './shown.js'

// Nothing is ever scraped: the addresses are made up.
const never = 'global: {scrape_interval: 100y, external_labels: {region: here}}\n'

const everyAction = `
    relabel_configs:
      - {source_labels: [__address__, zone], separator: '-', regex: '(.*)-(.*)', target_label: pair, replacement: '\${2}_$1'}
      - {action: labelmap, regex: '__meta_(.+)', replacement: 'meta_$1'}
      - {action: hashmod, source_labels: [__address__], modulus: 5, target_label: shard}
      - {action: drop, source_labels: [shard], regex: '4'}
      - {action: uppercase, source_labels: [zone], target_label: upper}
      - {action: lowercase, source_labels: [zone], target_label: lower}
      - {action: keepequal, source_labels: [left], target_label: right}
      - {action: dropequal, source_labels: [shard], target_label: number}
      - {action: labeldrop, regex: 'l(eft)?|number'}
      - {action: labelkeep, regex: '__.*|shard|zone|upper|lower|pair|meta_.*|right'}
      - {action: keep, source_labels: [__address__], regex: 'h\\d+:.+'}
`

/** Groups with labels that the rules above tell apart; the same at every run. */
function groups(count: number): readonly object[] {
  const zones = ['eu', 'uS', 'ßx', 'İ', 'ǅ', '']
  return Array.from({ length: count }, (_, i) => ({
    targets: Array.from({ length: i % 4 }, (__, j) => `h${String(i)}:${String(j)}`),
    labels: {
      zone: zones[i % zones.length] ?? '',
      left: '1',
      right: String(1 + (i % 3 === 0 ? 1 : 0)),
      number: String(i % 5),
      [`own_${String(i % 7)}`]: 'x',
    },
  }))
}

describeWithPeers('against the real Prometheus 3.5.3', ['prometheus'], () => {
  let workspace: Workspace
  const ends: (() => Promise<void> | void)[] = []
  beforeEach(() => {
    workspace = new Workspace()
    ends.push(() => workspace.remove())
  })
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end()
  })

  async function bothShowTheSame(file: string, atLeast: number): Promise<void> {
    const [theirs, ours] = await Promise.all([RealPrometheus.on(file), Daemon.start(file)])
    ends.push(
      () => theirs.stop(),
      () => ours.stop(),
    )
    await sameLines(theirs.url, ours.url, atLeast)
  }

  it('static and file discovery and every relabel action give the same targets', async () => {
    workspace.write('targets.json', JSON.stringify(groups(120)))
    workspace.write('more.yml', "- targets: ['h1:1']\n  labels: {zone: on, right: 1, left: 0x1}\n")
    const file = workspace.write(
      'p.yml',
      `${never}scrape_configs:
  - job_name: plain
    metrics_path: /internal
    params: {module: [a, b], empty: ['']}
    static_configs:
      - targets: ['a:1', 'b', '[::1]:2']
        labels: {team: x, empty: ''}
      - targets: ['a:1']
        labels: {team: x, instance: other}
    file_sd_configs: [{files: ['*.json', 'more.yml']}]
  - job_name: ruled
    file_sd_configs: [{files: ['*.json']}, {files: ['more.yml']}]
${everyAction}
alerting:
  alertmanagers:
    - static_configs: [{targets: ['am:1', 'am:2', 'am:1']}]
      path_prefix: /x/
    - file_sd_configs: [{files: ['more.yml']}]
      scheme: https
      relabel_configs: [{action: keep, source_labels: [zone], regex: on}]
`,
    )
    await bothShowTheSame(file, 300)
  })

  it('HTTP discovery gives the same targets', async () => {
    const server = await serving(groups(60))
    ends.push(() => closed(server))
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/sd?x=1`
    const file = workspace.write(
      'p.yml',
      `${never}scrape_configs:
  - job_name: web
    http_sd_configs: [{url: '${url}', refresh_interval: 1s}]
`,
    )
    await bothShowTheSame(file, 90)
  })

  it('it scrapes what /http_sd/<job> gives, and ends with the same targets', async () => {
    workspace.write('targets.json', JSON.stringify(groups(60)))
    const source = workspace.write(
      'muster.yml',
      `${never}scrape_configs:
  - job_name: 'a job/of mine'
    metrics_path: /internal
    scheme: https
    scrape_timeout: 7s
    params: {module: [x]}
    file_sd_configs: [{files: ['*.json']}]
    relabel_configs: [{source_labels: [zone], target_label: place}]
`,
    )
    const ours = await Daemon.start(source)
    ends.push(() => ours.stop())
    const consumer = workspace.write(
      'p.yml',
      `${never}scrape_configs:
  - job_name: consumer
    http_sd_configs: [{url: '${ours.url}/http_sd/a%20job%2Fof%20mine', refresh_interval: 1s}]
`,
    )
    const theirs = await RealPrometheus.on(consumer)
    ends.push(() => theirs.stop())
    let want: readonly string[] = []
    let got: readonly string[] = []
    await until('Prometheus has the targets of muster', async () => {
      want = await final(ours.url)
      got = await final(theirs.url)
      return want.length >= 90 && got.length === want.length
    })
    expect(got).toEqual(want)
  })
})

// The release that still has Consul does not have these labels yet.
const newer: ShownOptions = {
  ignore: /^(__scrape_interval__|__scrape_timeout__|__meta_consul_(namespace|partition|health))$/,
  pools: false,
}

describeWithPeers(
  'against the real Prometheus 2.24.1 with a real Consul',
  ['prometheus_consul', 'consul'],
  () => {
    const ends: (() => Promise<void> | void)[] = []
    afterEach(async () => {
      for (const end of ends.splice(0).toReversed()) await end()
    })

    it('hundreds of services in mixed health, with tags and metadata, give the same targets', async () => {
      const workspace = new Workspace()
      ends.push(() => workspace.remove())
      // Prometheus needs a connection for each service and job.
      const consul = await RealConsul.start({
        config: { limits: { http_max_conns_per_client: 2000 } },
      })
      ends.push(() => consul.stop())
      await fillConsul(consul, 200)
      const file = workspace.write(
        'p.yml',
        `${never}scrape_configs:
  - job_name: all
    consul_sd_configs: [{server: '${consul.address}', refresh_interval: 1s}]
    relabel_configs:
      - {action: labelmap, regex: '__meta_consul_service_metadata_(.+)'}
  - job_name: tagged
    consul_sd_configs: [{server: '${consul.address}', refresh_interval: 1s, tags: [blue], tag_separator: '|'}]
  - job_name: named
    consul_sd_configs:
      - {server: '${consul.address}', refresh_interval: 1s, services: [service-1, service-2, nobody], allow_stale: false}
      - {server: '${consul.address}', refresh_interval: 1s, services: [service-3], node_meta: {none: such}}
alerting:
  alertmanagers:
    - consul_sd_configs: [{server: '${consul.address}', services: [alertmanager]}]
      api_version: v2
`,
      )
      await consul.registerPorts('alertmanager', [9001, 9002])
      const [theirs, ours] = await Promise.all([
        RealPrometheus.on(file, { release: 'prometheus_consul' }),
        Daemon.start(file),
      ])
      ends.push(
        () => theirs.stop(),
        () => ours.stop(),
      )
      await sameLines(theirs.url, ours.url, 500, newer)
    })
  },
)

/** Both have at least so much to show, and it is the same; a difference is shown as one. */
async function sameLines(
  theirs: string,
  ours: string,
  atLeast: number,
  options: ShownOptions = {},
): Promise<void> {
  let want: readonly string[] = []
  let got: readonly string[] = []
  const settled = until('both show the same', async () => {
    want = await shown(theirs, options)
    got = await shown(ours, options)
    return want.length >= atLeast && JSON.stringify(want) === JSON.stringify(got)
  })
  await settled.catch(() => {
    expect({ muster: only(got, want), prometheus: only(want, got) }).toEqual({
      muster: [],
      prometheus: [],
    })
    expect(want.length).toBeGreaterThanOrEqual(atLeast)
  })
}

async function serving(body: unknown): Promise<Server> {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

/** The final labels and URLs alone: what a consumer of http_sd ends with. */
async function final(url: string): Promise<readonly string[]> {
  return (await shown(url)).flatMap((line) => {
    const { labels, scrapeUrl } = JSON.parse(line) as Record<string, unknown>
    return scrapeUrl === undefined ? [] : [JSON.stringify({ labels, scrapeUrl })]
  })
}

/** A few of the lines that the others do not have. */
function only(lines: readonly string[], others: readonly string[]): readonly string[] {
  return lines.filter((line) => !others.includes(line)).slice(0, 3)
}
