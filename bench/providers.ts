/**
 * How long the event loop is held while many providers answer at once: the built daemon with one job
 * for each of 20 http_sd providers, all of which get 10,000 targets in the same moment.
 *
 *   node bench/dist/providers.js [providers, 20] [targets of each, 10000] [targets in a group, 10]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { ScrapeManager } from 'muster-sd'
import { DiscoveryManager, discoveryMetrics, text, Turns } from 'muster-sd/discovery'
import { Gate } from 'muster-sd/run'
import { handDiscoverer } from 'muster-sd/testing/discovery'
import { Registry } from 'prom-client'
import { usualRules } from './consul-labels.js'
import { freePort, metric, sleep, until, Workshop } from './child.js'
import { line, median, percentiles } from './report.js'

const [providers = 20, targets = 10_000, groupSize = 10] = process.argv.slice(2).map(Number)
const here = path.dirname(fileURLToPath(import.meta.url))

/** An answer of http_sd, about as many labels a target as Consul gives. */
function answer(provider: number): string {
  const groups = Array.from({ length: targets / groupSize }, (_, g) => ({
    targets: Array.from(
      { length: groupSize },
      (_unused, i) => `127.${String(provider)}.${String(g % 250)}.1:${String(g * groupSize + i)}`,
    ),
    labels: Object.fromEntries(
      Array.from({ length: 20 }, (_unused, i) => [
        `label_${String(i)}`,
        `value-${String(i)}-${String(g % 50)}`,
      ]),
    ),
  }))
  return JSON.stringify(groups)
}

/** A server that lets its clients wait until all of them have asked, and then answers all at once. */
class Gathering {
  readonly #waiting: http.ServerResponse[] = []
  readonly #answers: readonly string[]
  readonly #server: http.Server
  /** Opens when all have asked. */
  readonly full: Gate = new Gate('all have asked')

  constructor(count: number) {
    this.#answers = Array.from({ length: count }, (_, provider) => answer(provider))
    this.#server = http.createServer((_, response) => {
      this.#waiting.push(response)
      if (this.#waiting.length === count) this.full.open()
    })
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`
  }

  release(): void {
    for (const [i, response] of this.#waiting.entries()) {
      response.setHeader('content-type', 'application/json')
      response.end(this.#answers[i])
    }
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

interface Reading {
  readonly heldMs: readonly number[]
  readonly cpuMs: number
}

async function measure(count: number): Promise<void> {
  const workshop = new Workshop()
  const gathering = new Gathering(count)
  const source = await gathering.listen()
  const port = await freePort()
  const jobs = Array.from({ length: count }, (_, i) => ({
    job_name: `job-${String(i)}`,
    http_sd_configs: [{ url: `${source}/${String(i)}`, refresh_interval: '1h' }],
    relabel_configs: [
      { source_labels: ['label_0'], target_label: 'zone' },
      { source_labels: ['label_1'], regex: 'value-1-(.*)', target_label: 'rack' },
    ],
  }))
  const config = path.join(workshop.folder, 'prometheus.yml')
  writeFileSync(config, JSON.stringify({ scrape_configs: jobs }))
  const daemon = spawn(
    process.execPath,
    [
      '--import',
      path.join(here, 'loop-delay.js'),
      path.join(here, '../../dist/bin/muster.js'),
      `--config.file=${config}`,
      `--web.listen-address=127.0.0.1:${String(port)}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  )
  const read = async (what: 'reset' | 'read'): Promise<Reading> => {
    daemon.send(what)
    const [reading] = (await once(daemon, 'message')) as [Reading]
    return reading
  }
  try {
    await gathering.full.opened
    const before = await read('reset')
    gathering.release()
    const took = await until(async () => {
      // Seldom, so that what is measured is not the making of the metrics.
      await sleep(200)
      const shown = await metric(
        `127.0.0.1:${String(port)}`,
        'prometheus_target_scrape_pool_targets',
      )
      return shown === count * targets
    })
    const after = await read('read')
    const held = percentiles.map((percentile, i) => {
      const name = percentile === 100 ? 'max' : `p${String(percentile)}`
      return `${name} ${(after.heldMs[i] ?? Number.NaN).toFixed(1)}`
    })
    line(
      `${String(count)} providers answer with ${targets.toLocaleString('en')} targets each: s`,
      (took / 1000).toFixed(2),
      `${((after.cpuMs - before.cpuMs) / 1000).toFixed(2)} s of CPU; loop held ${held.join(', ')} ms`,
    )
  } finally {
    gathering.close()
    daemon.kill('SIGKILL')
    await once(daemon, 'exit')
    workshop.close()
  }
}

const job = {
  scrape_interval: 60_000,
  scrape_timeout: 10_000,
  metrics_path: '/metrics',
  scheme: 'http',
  params: {},
  relabel_configs: usualRules,
  target_limit: 0,
  keep_dropped_targets: 0,
  metric_name_validation_scheme: 'utf8',
} as const

/** The same in this process, without HTTP, warm: what discovery and the pools hold the loop for. */
async function measureAnswers(count: number): Promise<void> {
  const answers = Array.from({ length: count }, (_, provider) =>
    (JSON.parse(answer(provider)) as { targets: string[]; labels: Record<string, string> }[]).map(
      ({ targets: addresses, labels }, i) => ({
        source: String(i),
        labels,
        targets: addresses.map((address) => ({ __address__: address })),
      }),
    ),
  )
  const longest: number[] = []
  for (let round = 0; round < 6; round += 1) {
    const discoverers = answers.map(() => handDiscoverer())
    const turns = new Turns()
    const registry = new Registry()
    const discovery = new DiscoveryManager({
      name: 'scrape',
      metrics: discoveryMetrics(registry),
      turns,
    })
    const pools = new ScrapeManager({ updates: discovery.updates, registry, turns })
    const running = [discovery.execute(), pools.execute()]
    pools.prepare(answers.map((_, i) => ({ ...job, job_name: `job-${String(i)}` }))).commit()
    const sets = discoverers.map((discoverer, i) => {
      const mechanism = { name: 'hand', key: 'hand', section: text, create: () => discoverer }
      return [`job-${String(i)}`, [{ mechanism, config: i }]] as const
    })
    discovery.prepare(new Map(sets)).commit()
    await sleep(200)
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    await sleep(20)
    delay.reset()
    for (const [i, groups] of answers.entries()) discoverers[i]?.emit(...groups)
    while (!discovery.isSettled || !pools.isSettled) await sleep(1)
    await sleep(5)
    delay.disable()
    // The first round warms up.
    if (round > 0) longest.push(delay.max / 1e6)
    discovery.interrupt()
    pools.interrupt()
    await Promise.all(running)
  }
  line(
    `${String(count)} answers of ${targets.toLocaleString('en')} targets at once, warm: ms`,
    median(longest).toFixed(1),
    `the loop was held at most, median of ${String(longest.length)}; ${longest.map((ms) => ms.toFixed(1)).join(', ')}`,
  )
}

for (const count of [1, providers]) await measureAnswers(count)
for (const count of [1, providers]) await measure(count)
