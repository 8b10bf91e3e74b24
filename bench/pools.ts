/**
 * What scrape pools cost: the first sync, one changed group among many, memory, and how long the
 * event loop is held while a large group arrives.
 *
 *   node --expose-gc --max-old-space-size=6144 bench/dist/pools.js [most targets, 1000000]
 *
 * Where a Prometheus is installed, it builds the same targets first, and the two are compared. The other
 * figures it is compared with are those of Prometheus 3.5.3 on two cores of the kind this was written
 * on; they are only good as ratios, and best when nothing else runs.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { ScrapeManager } from 'muster-sd'
import { Registry } from 'prom-client'
import { Subject } from 'rxjs'
import { labelSets, usualRuleFields, usualRules } from './consul-labels.js'
import { prometheusSyncs } from './prometheus-syncs.js'
import { cpuMs, holds, line, median, ratios, whole } from './report.js'

const [most = 1_000_000] = process.argv.slice(2).map(Number)
const groupSize = 100
/** Prometheus 3.5.3 on two cores: targets a second, and milliseconds of processor time. */
const measured = {
  firstSync: [37_000, 49_000] as const,
  change: new Map([
    [1000, 27],
    [100_000, 3600],
    [1_000_000, 55_000],
  ]),
}

type Group = {
  source: string
  labels: object
  targets: readonly Readonly<Record<string, string>>[]
}

const job = {
  job_name: 'consul',
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

/** A running pool, and the discovery it hangs on. */
class Pool {
  readonly #updates = new Subject<{
    set: string
    generation: number
    changes: ReadonlyMap<string, Group | undefined>
  }>()
  readonly manager: ScrapeManager

  constructor() {
    this.manager = new ScrapeManager({ updates: this.#updates as never, registry: new Registry() })
    this.manager.prepare([job]).commit()
    void this.manager.execute()
  }

  tell(...groups: readonly Group[]): void {
    const changes = new Map(groups.map((one) => [one.source, one]))
    this.#updates.next({ set: 'consul', generation: 1, changes })
  }

  async settled(): Promise<void> {
    while (!this.manager.isSettled) await new Promise((resolve) => setImmediate(resolve))
  }

  get active(): number {
    return this.manager.pool('consul')?.activeCount ?? 0
  }
}

const groupAt = (n: number, size = groupSize): Group => ({
  source: String(n),
  labels: {},
  targets: labelSets(n * groupSize, size),
})
const shown = (value: number, digits = 0): string =>
  value.toLocaleString('en', { maximumFractionDigits: digits })
const heap = (): { heap: number; rss: number } => {
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed, rss }
}

async function measureFirstSync(): Promise<void> {
  const groups = Array.from({ length: 1000 }, (_, n) => groupAt(n))
  const clock: number[] = []
  const cpu: number[] = []
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.()
    const pool = new Pool()
    const began = performance.now()
    const before = process.cpuUsage()
    pool.tell(...groups)
    await pool.settled()
    const { user, system } = process.cpuUsage(before)
    clock.push(1e8 / (performance.now() - began))
    cpu.push(1e11 / (user + system))
    pool.manager.interrupt()
  }
  line(
    'first sync of 100,000 targets, a second (median of 5)',
    whole(median(clock)),
    ratios(median(clock), measured.firstSync, '/s'),
  )
  line(
    '  a second of processor time',
    whole(median(cpu)),
    ratios(median(cpu), measured.firstSync, '/s'),
  )
  const [cold = 0] = cpu
  line(
    '  the first of all, everything cold, of processor time',
    whole(cold),
    ratios(cold, measured.firstSync, '/s'),
  )
  const real = await prometheusSyncs(labelSets(0, 100_000), usualRuleFields)
  if (real === undefined) {
    line('  (no Prometheus is installed to compare with on this machine)', '')
    return
  }
  const against = (seconds: number): string => {
    const rate = 100_000 / seconds
    return `${(median(clock) / rate).toFixed(1)}x of its ${whole(rate)} /s`
  }
  line('  against the Prometheus here, its first sync', '', against(real.first))
  line('  against the Prometheus here, a sync of known targets', '', against(real.again))
}

/** Fills a pool, and measures changes of one group of ten in it. */
async function measureChanges(targets: number): Promise<Pool> {
  const before = heap()
  const pool = new Pool()
  for (let n = 0; n < targets / groupSize; n += 1) {
    pool.tell(groupAt(n))
    if (n % 100 === 0) await pool.settled()
  }
  await pool.settled()
  const after = heap()
  const rounds = Array.from({ length: 400 }, (_, i) => ({
    ...groupAt(i % (targets / groupSize), 10),
    source: 'changing',
  }))
  // Half of them to warm up.
  for (const group of rounds.slice(200)) pool.tell(group)
  await pool.settled()
  const times: number[] = []
  const cpu: number[] = []
  for (const group of rounds.slice(0, 200)) {
    const began = performance.now()
    cpu.push(cpuMs(() => pool.tell(group)))
    await pool.settled()
    times.push(performance.now() - began)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const reference = measured.change.get(targets)
  const compared = (ms: number): string =>
    reference === undefined
      ? ''
      : `${shown(reference / ms)} times less than Prometheus' ${shown(reference)} ms`
  const typical = cpu.reduce((sum, ms) => sum + ms, 0) / cpu.length
  line(
    `one changed group of 10 among ${shown(targets)}: ms of CPU`,
    shown(typical, 3),
    compared(typical),
  )
  line('  by the clock: ms (median)', shown(median(times), 3))
  if (targets < 100_000) return pool
  const kept = (bytes: number): string => `${shown(bytes / targets)} B`
  line(
    '  memory a discovered target: heap',
    kept(after.heap - before.heap),
    `${shown(pool.active)} active`,
  )
  line(
    '  memory a discovered target: RSS',
    kept(after.rss - before.rss),
    'Prometheus: about 10,000 B',
  )
  return pool
}

/** A group of 100,000 targets arrives in a full pool, changes, and goes. */
async function measureDelay(pool: Pool): Promise<void> {
  const big = { ...groupAt(most, 100_000), source: 'big' }
  const changed = { ...groupAt(most + 50_000 / groupSize, 100_000), source: 'big' }
  for (const [what, group] of [
    ['arrives', big],
    ['changes', changed],
    ['goes', { ...big, targets: [] }],
  ] as const) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 50))
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const began = performance.now()
    const cpu = process.cpuUsage()
    pool.tell(group)
    await pool.settled()
    const took = performance.now() - began
    const { user, system } = process.cpuUsage(cpu)
    await new Promise((resolve) => setTimeout(resolve, 5))
    delay.disable()
    line(
      `a group of 100,000 ${what} among ${shown(most)}: s`,
      shown(took / 1000, 2),
      `${shown((user + system) / 1e6, 2)} s of CPU; loop held ${holds(delay)}`,
    )
  }
}

/** Every target of the pool as JSON; what the web server keeps of it is measured by web.ts. */
function measureLists(pool: Pool): void {
  let characters = 0
  let longest = 0
  let last = performance.now()
  const cpu = cpuMs(() => {
    for (const text of pool.manager.pool('consul')?.list('active') ?? []) {
      characters += text.length
      const now = performance.now()
      longest = Math.max(longest, now - last)
      last = now
    }
  })
  line(
    'all active targets as JSON: s of CPU',
    shown(cpu / 1000, 2),
    `${shown(characters / 2 ** 20)} MiB; the longest part took ${shown(longest, 1)} ms`,
  )
}

await measureFirstSync()
const sizes = [1000, 100_000, 1_000_000].filter((size) => size <= most)
for (const size of sizes) {
  const pool = await measureChanges(size)
  if (size === most) {
    await measureDelay(pool)
    measureLists(pool)
    line('RSS at the end', `${shown(process.memoryUsage().rss / 2 ** 20)} MiB`)
  }
  pool.manager.interrupt()
}
