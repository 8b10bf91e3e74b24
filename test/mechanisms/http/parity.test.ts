import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { Registry } from 'prom-client'
import { expect, it, onTestFinished } from 'vitest'
import type { TargetGroup } from '../../../src/discovery/index.js'
import { type Labels, labelValue } from '../../../src/labels/index.js'
import { describeWithPeers, requirePeer } from '../../helpers/peers.js'
import { serve, until } from '../../http/harness.js'
import { http } from '../../../src/mechanisms/http.js'
import { recordingContext } from '../../helpers/discoverer-context.js'
import { readSection } from './harness.js'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function startPrometheus(section: string): Promise<string> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'muster-http-sd-'))
  const config = path.join(dir, 'prometheus.yml')
  await writeFile(
    config,
    `global: {scrape_interval: 100y}\nscrape_configs:\n- job_name: j\n  http_sd_configs: [${section}]\n`,
  )
  const address = `127.0.0.1:${String(await freePort())}`
  const child: ChildProcess = spawn(
    requirePeer('prometheus'),
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${dir}/data`,
      `--web.listen-address=${address}`,
    ],
    { stdio: 'ignore' },
  )
  onTestFinished(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    await rm(dir, { recursive: true })
  })
  return `http://${address}`
}

/** The discovered labels of a Prometheus, without those that come from the scrape config. */
async function discoveredBy(prometheus: string): Promise<readonly string[]> {
  try {
    const response = await fetch(`${prometheus}/api/v1/targets?state=active`)
    const { data } = (await response.json()) as {
      data: { activeTargets: readonly { discoveredLabels: Labels }[] }
    }
    return data.activeTargets.map(({ discoveredLabels }) => canonical(discoveredLabels)).sort()
  } catch {
    // Not listening yet.
    return []
  }
}

const own = /^(?:job|__metrics_path__|__scheme__|__scrape_.*)$/

function canonical(labels: Labels): string {
  const kept = Object.entries(labels).filter(([name, value]) => !own.test(name) && value !== '')
  return JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function discoveredIn(groups: ReadonlyMap<string, TargetGroup>): readonly string[] {
  return [...groups.values()]
    .flatMap((group) => group.targets.map((target) => canonical({ ...group.labels, ...target })))
    .filter((each) => labelValue(Object.fromEntries(JSON.parse(each) as []), '__address__') !== '')
    .sort()
}

describeWithPeers('HTTP discovery beside a real Prometheus', ['prometheus'], () => {
  it('finds the same targets, as the list changes, shrinks and fails', async () => {
    let body =
      '[{"targets":["a:1","b:2"],"labels":{"x":"é","__meta_url":"z"}},{"Targets":["c:3"],"LABELS":null},{"targets":["d:4"]}]'
    let status = 200
    const served = { prometheus: 0, muster: 0 }
    const server = await serve((asked, response) => {
      const who = asked.headers['user-agent']?.startsWith('Prometheus/') ? 'prometheus' : 'muster'
      served[who] += 1
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(body)
    })
    const section = `{url: "${server.url}sd?a=b", refresh_interval: 1s, bearer_token: t}`
    const prometheus = await startPrometheus(section)
    const { config } = readSection(section)
    const discoverer = http({ registry: new Registry(), env: {}, userAgent: 'muster/test' }).create(
      config,
      recordingContext(),
    )
    const groups = new Map<string, TargetGroup>()
    const subscription = discoverer.findings().subscribe((finding) => {
      for (const group of finding.groups ?? []) groups.set(group.source, group)
    })
    onTestFinished(() => {
      subscription.unsubscribe()
    })

    const agree = async (count: number): Promise<void> => {
      await until(async () => {
        const theirs = await discoveredBy(prometheus)
        const ours = discoveredIn(groups)
        return ours.length === count && JSON.stringify(ours) === JSON.stringify(theirs)
      }, 60_000)
    }
    await agree(4)
    body = '[{"targets":["a:1"]},{"targets":["e:5"],"labels":{"k":"v"}}]'
    await agree(2)
    status = 500
    body = '[]'
    const { prometheus: before, muster } = served
    await until(() => served.prometheus > before + 1 && served.muster > muster + 1, 60_000)
    expect(discoveredIn(groups)).toHaveLength(2)
    expect(await discoveredBy(prometheus)).toHaveLength(2)
    status = 200
    body = '[{"targets":["z:9"]}]'
    await agree(1)
    expect(new Set(server.asked.map((each) => each.headers.authorization))).toEqual(
      new Set(['Bearer t']),
    )
  }, 180_000)
})
