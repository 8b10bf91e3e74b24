/**
 * What a search of targets costs: each query by itself, and as it is typed; how long the event loop is held, and
 * how much memory is kept.
 *
 *   node --expose-gc --max-old-space-size=6144 bench/dist/search.js [targets, 100000] [targets, 1000000]
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { ScrapeManager, TargetSearch } from 'muster-sd'
import { Registry } from 'prom-client'
import { Subject } from 'rxjs'
import { labelSets, usualRules } from './consul-labels.js'
import { line, median } from './report.js'

const sizes = process.argv.slice(2).map(Number)
const groupSize = 100
const rounds = 5

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

const all = {
  q: '',
  pools: [],
  states: [],
  scope: 'all',
  sort: '',
  offset: 0,
  limit: 50,
  facets: [],
} as const

interface Figures {
  readonly ms: number
  readonly cpuMs: number
  readonly heldMs: number
  readonly matched: number
}

async function measure(search: TargetSearch, request: object): Promise<Figures> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await new Promise((resolve) => setTimeout(resolve, 20))
  delay.reset()
  const cpu = process.cpuUsage()
  const began = performance.now()
  const { matched } = await search.search({ ...all, ...request })
  const ms = performance.now() - began
  const { user, system } = process.cpuUsage(cpu)
  await new Promise((resolve) => setTimeout(resolve, 5))
  delay.disable()
  return { ms, cpuMs: (user + system) / 1000, heldMs: delay.max / 1e6, matched }
}

async function benchSize(targets: number): Promise<void> {
  const updates = new Subject<never>()
  const manager = new ScrapeManager({ updates, registry: new Registry() })
  manager.prepare([job]).commit()
  void manager.execute()
  for (let n = 0; n < targets / groupSize; n += 1000) {
    const changes = new Map(
      Array.from({ length: Math.min(1000, targets / groupSize - n) }, (_, i) => {
        const source = String(n + i)
        const group = { source, labels: {}, targets: labelSets((n + i) * groupSize, groupSize) }
        return [`consul/0/${source}`, group] as const
      }),
    )
    updates.next({ set: 'consul', generation: 1, changes } as never)
    while (!manager.isSettled) await new Promise((resolve) => setImmediate(resolve))
  }
  const marks = { held: () => new Map(), restored: new Set<string>(), version: '' }
  // Without a limit of time: other work on the machine is no part of what is measured.
  const search = new TargetSearch({
    pools: () => manager.pools(),
    marks: () => marks,
    now: () => 0,
  })
  let versions = 0
  /** As if something had changed: no result of before is of use. */
  const forget = (): void => {
    versions += 1
    marks.version = String(versions)
  }
  const sample = labelSets(targets / 2, 1)[0] ?? {}
  const address = sample['__address__'] ?? ''
  line(`${targets.toLocaleString('en')} targets`, '', JSON.stringify(Object.keys(sample).length))
  const queries: readonly (readonly [string, object])[] = [
    ['everything', {}],
    ['an address', { q: address }],
    ['a URL', { q: `http://${address}/metrics` }],
    ['a word that nothing has', { q: 'nothing-has-this' }],
    ['digits that nothing has', { q: '99999.99999' }],
    ['two words', { q: 'web prod' }],
    ['label=value', { q: 'job=consul' }],
    ['label=~expression', { q: 'instance=~".*7:9[0-9]+"' }],
    ['rule:1', { q: 'rule:1' }],
    ['dup:', { q: 'dup:' }],
    ['sorted by address', { sort: 'address' }],
    ['grouped by instance', { group: 'instance' }],
    ['five facets', { facets: ['job', 'instance', 'a', 'b', 'c'] }],
  ]
  show('  the very first word', [await measure(search, { q: 'nothing-at-all' })])
  for (const [name, request] of queries) {
    const figures: Figures[] = []
    for (let round = 0; round < rounds; round += 1) {
      forget()
      figures.push(await measure(search, request))
    }
    show(`  ${name}`, figures)
  }
  forget()
  await benchTyping(search, address)
  forget()
  await search.search(all)
  globalThis.gc?.()
  const before = process.memoryUsage()
  for (let i = 0; i < 20; i += 1) await search.search({ ...all, q: `-none${String(i)}` })
  globalThis.gc?.()
  const after = process.memoryUsage()
  const kept = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
  line('  kept after 20 queries that find everything', `${(kept / 2 ** 20).toFixed(1)} MiB`)
  manager.interrupt()
}

async function benchTyping(search: TargetSearch, word: string): Promise<void> {
  const figures: Figures[] = []
  for (let length = 1; length <= word.length; length += 1) {
    figures.push(await measure(search, { q: word.slice(0, length) }))
  }
  show(`  ${word} typed, the slowest key`, [
    figures.toSorted((a, b) => b.ms - a.ms)[0] ?? figures[0],
  ])
  show(`  ${word} typed, the median`, figures)
}

function show(name: string, figures: readonly (Figures | undefined)[]): void {
  const all = figures.filter((one) => one !== undefined)
  const of = (key: keyof Figures): number => median(all.map((one) => one[key]))
  line(
    name,
    `${of('ms').toFixed(0)} ms`,
    `${of('cpuMs').toFixed(0)} ms of processor time, loop held ${of('heldMs').toFixed(0)} ms, ${String(of('matched'))} found`,
  )
}

for (const size of sizes.length > 0 ? sizes : [100_000, 1_000_000]) await benchSize(size)
