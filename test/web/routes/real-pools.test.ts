import { Registry } from 'prom-client'
import { Subject } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import type { TargetGroup, TargetUpdate } from '../../../src/discovery/index.js'
import type { Labels } from '../../../src/labels/index.js'
import { defaultRule } from '../../../src/relabel/index.js'
import { type ScrapeJob, ScrapeManager } from '../../../src/scrape/index.js'
import type { PoolSource } from '../../../src/web/index.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { RealPrometheus, type Shown } from '../../helpers/real-prometheus.js'
import { type Served, serve, sources } from '../helpers.js'

const century = 100 * 365 * 24 * 3600 * 1000

function job(name: string, more: Partial<ScrapeJob> = {}): ScrapeJob {
  return {
    job_name: name,
    scrape_interval: century,
    scrape_timeout: 10_000,
    metrics_path: '/metrics',
    scheme: 'http',
    params: {},
    relabel_configs: [],
    target_limit: 0,
    keep_dropped_targets: 0,
    metric_name_validation_scheme: 'utf8',
    ...more,
  }
}

function group(source: string, labels: Labels, ...targets: readonly Labels[]): TargetGroup {
  return { source, labels, targets }
}

/** Pools of these jobs, served, and the way to change their groups. */
class Rig {
  readonly #updates = new Subject<TargetUpdate>()
  readonly #manager = new ScrapeManager({ updates: this.#updates, registry: new Registry() })
  readonly #running = this.#manager.execute()
  #served: Served | undefined

  async start(jobs: readonly ScrapeJob[]): Promise<Served> {
    this.#manager.prepare(jobs).commit()
    const pools: PoolSource = {
      pools: () => this.#manager.pools(),
      pool: (name) => this.#manager.pool(name),
      configYaml: () => undefined,
      relabelSteps: (name, labels) => this.#manager.pool(name)?.explainBeside(labels),
    }
    this.#served = await serve({ ...sources(), pools })
    return this.#served
  }

  async put(set: string, groups: readonly TargetGroup[]): Promise<void> {
    const changes = new Map(groups.map((one) => [one.source, one]))
    this.#updates.next({ set, generation: 1, changes })
    await expect.poll(() => this.#manager.isSettled, { timeout: 20_000, interval: 1 }).toBe(true)
  }

  async stop(): Promise<void> {
    this.#manager.interrupt()
    await this.#running
    await this.#served?.stop()
  }
}

let rig = new Rig()
let prometheus: RealPrometheus | undefined
afterEach(async () => {
  await prometheus?.stop()
  await rig.stop()
  prometheus = undefined
  rig = new Rig()
})

const nasty = 'q"\\\u2028<&>\u0000ü😀'
const groups = [
  group('0', { zone: nasty, __meta_x: 'm' }, { __address__: '127.0.0.1:1' }),
  group('1', {}),
  group(
    '2',
    { __scheme__: 'https', __param_module: 'tcp & more', __metrics_path__: '/probe' },
    { __address__: '127.0.0.1:2', __scrape_timeout__: '3s' },
    { __address__: '127.0.0.1:3', __scrape_interval__: '99y' },
    { __address__: '127.0.0.1:3', __scrape_interval__: '99y' },
  ),
  group('3', { env: 'x' }, { __address__: '127.0.0.1:4', instance: 'named', job: 'own' }),
]

/** Rules that each join a label with itself this many times. */
function growing(rules: number, times: number): Partial<ScrapeJob> {
  const source_labels = Array.from({ length: times }, () => 'x')
  const rule = { ...defaultRule, source_labels, separator: '', target_label: 'x', regex: '(.*)' }
  return { relabel_configs: Array.from({ length: rules }, () => rule) }
}

describe('the relabelling steps of a label set', () => {
  it.each([
    {
      name: 'a rule makes a label that is too long',
      job: growing(40, 2),
      error: 'a rule reads or makes more than 4194304 characters',
    },
    {
      name: 'hundreds of rules make long ones',
      job: growing(1, 60_000),
      more: growing(300, 1),
      error: 'the steps together have more than 67108864 characters',
    },
  ])('are refused with the reason where $name', async ({ job: fields, more = {}, error }) => {
    const relabel_configs = [fields, more].flatMap((part) => part.relabel_configs ?? [])
    const { request } = await rig.start([job('a', { relabel_configs })])
    await rig.put('a', [])
    const labels = encodeURIComponent(JSON.stringify({ x: 'x'.repeat(60) }))
    const answer = await request(`/api/v1/targets/relabel_steps?scrapePool=a&labels=${labels}`)
    expect(answer.status).toBe(422)
    expect(answer.json()).toEqual({ status: 'error', errorType: 'execution', error })
  })
})

describe('the routes over real pools', () => {
  it('give JSON however the targets lie in their groups', async () => {
    const { request } = await rig.start([job('a'), job('b/c'), job('d')])
    await rig.put('a', groups)
    await rig.put('b/c', groups.slice(1))
    await rig.put('d', [])
    const { data } = (await request('/api/v1/targets')).json() as { data: Shown }
    const places = data.activeTargets.map(({ scrapePool, discoveredLabels }) => [
      scrapePool,
      discoveredLabels['__address__'],
    ])
    expect(places).toEqual([
      ...[1, 2, 3, 4].map((n) => ['a', `127.0.0.1:${String(n)}`]),
      ...[2, 3, 4].map((n) => ['b/c', `127.0.0.1:${String(n)}`]),
    ])
    expect(data.activeTargets[0]?.labels?.['zone']).toBe(nasty)
    expect(data.droppedTargets).toEqual([])
    for (const [path, length] of [
      ['/http_sd/a', 4],
      ['/http_sd/a?stage=raw', 5],
      ['/http_sd/b%2Fc', 3],
      ['/http_sd/d', 0],
    ] as const) {
      expect((await request(path)).json()).toHaveLength(length)
    }
  })

  it('change their tag with the pool, and only then', async () => {
    const { request } = await rig.start([job('a')])
    await rig.put('a', groups)
    const tags = async (): Promise<unknown[]> => [
      (await request('/api/v1/targets')).headers.etag,
      (await request('/http_sd/a')).headers.etag,
    ]
    const first = await tags()
    expect(await tags()).toEqual(first)
    await rig.put('a', [group('3', {}, { __address__: '127.0.0.1:9' })])
    const second = await tags()
    expect(second[0]).not.toBe(first[0])
    expect(second[1]).not.toBe(first[1])
    expect((await request('/http_sd/a')).text).toContain('127.0.0.1:9')
  })
})

const target = (port: number) => ({ __address__: `127.0.0.1:${String(port)}` })

/** What must be the same on both sides. */
const shown = ({ activeTargets }: Shown): string[] =>
  activeTargets
    .map(({ labels, scrapeUrl, scrapeInterval, scrapeTimeout }) =>
      JSON.stringify({ labels, scrapeUrl, scrapeInterval, scrapeTimeout }),
    )
    .sort()

describeWithPeers('a Prometheus that discovers through /http_sd', ['prometheus'], () => {
  it('has the targets muster has, labels, URL, interval and timeout included', async () => {
    const { base, request } = await rig.start([job('a b/ü', { params: { q: ['1'] } })])
    await rig.put('a b/ü', groups)
    prometheus = await RealPrometheus.start({
      'prometheus.yml': `
global: {scrape_interval: 100y}
scrape_configs:
  - job_name: consumer
    params: {q: ['1']}
    http_sd_configs:
      - url: ${base}/http_sd/${encodeURIComponent('a b/ü')}
        refresh_interval: 1s
`,
    })
    const own = async (): Promise<string[]> => {
      const { data } = (await request('/api/v1/targets')).json() as { data: Shown }
      return shown(data)
    }
    const theirs = async (): Promise<string[] | undefined> => {
      const targets = await prometheus?.targets()
      return targets === undefined ? undefined : shown(targets)
    }
    const patient = { timeout: 60_000, interval: 200 }
    await expect.poll(theirs, patient).toEqual(await own())
    expect(await own()).toHaveLength(4)
    await rig.put('a b/ü', [group('0', {}), group('9', {}, { __address__: '127.0.0.1:9' })])
    await expect.poll(theirs, patient).toEqual(await own())
  }, 150_000)

  it('takes the other labels and targets where muster has odd ones', async () => {
    const labelmap = { ...defaultRule, action: 'labelmap' as const, regex: '__meta_(.*)' }
    const noJob = { ...defaultRule, action: 'labeldrop' as const, regex: 'job' }
    const { base, request } = await rig.start([
      job('odd', { relabel_configs: [labelmap] }),
      job('jobless', {
        relabel_configs: [
          { ...noJob },
          {
            ...defaultRule,
            source_labels: ['job'],
            regex: '',
            target_label: '__no_job',
            replacement: 'true',
          },
        ],
      }),
    ])
    await rig.put('odd', [
      group('0', { __meta_: 'x', __meta_a: 'y' }, target(1)),
      group('1', { '__meta_a.b': 'x', '__meta_a b': nasty, '__meta_1\u0000': 'z' }, target(2)),
      group('2', { __meta___name__: 'up', zone: 'x'.repeat(1 << 20) }, target(3)),
      group(
        '3',
        {},
        { __address__: '127.0.0.1 :4' },
        { __address__: ':5' },
        { __address__: '\u001b' },
      ),
      group(
        '4',
        {},
        { __address__: '' },
        { __address__: 'a/b' },
        { __address__: 'x', bad: '\ud800' },
      ),
    ])
    await rig.put('jobless', [group('0', {}, target(9))])
    const shownByMuster = (await request('/api/v1/scrape_pools')).json() as { data: unknown }
    expect(shownByMuster.data).toEqual({
      scrapePools: ['jobless', 'odd'],
      httpSd: [
        { scrapePool: 'jobless', leftOut: 0, comesBack: 1 },
        { scrapePool: 'odd', leftOut: 1, comesBack: 0 },
      ],
    })
    prometheus = await RealPrometheus.start({
      'prometheus.yml': `
global: {scrape_interval: 100y}
scrape_configs:
  - job_name: consumer
    http_sd_configs: [{url: '${base}/http_sd/odd'}]
  - job_name: jobless
    http_sd_configs: [{url: '${base}/http_sd/jobless'}]
    relabel_configs:
      - {source_labels: [__no_job], regex: 'true', target_label: job, replacement: ''}
  - job_name: legacy
    http_sd_configs: [{url: '${base}/http_sd/odd?names=legacy'}]
`,
    })
    const counts = async (): Promise<unknown> => {
      const { activeTargets = [] } = (await prometheus?.targets()) ?? {}
      const of = (pool: string) => activeTargets.filter(({ scrapePool }) => scrapePool === pool)
      return {
        consumer: of('consumer').length,
        legacy: of('legacy').length,
        jobless: of('jobless').map(({ labels }) => labels),
      }
    }
    await expect
      .poll(counts, { timeout: 60_000, interval: 200 })
      .toEqual({ consumer: 6, legacy: 6, jobless: [{ instance: '127.0.0.1:9' }] })
  }, 150_000)
})
