/**
 * Who gets which target: the spread, what moves, what that costs, and the samples that are missed; beside what
 * OpenTelemetry's Target Allocator does.
 *
 *   node bench/dist/allocation.js [targets, 100000] [members, 100]
 */
import { Buffer } from 'node:buffer'
import process from 'node:process'
import { builtInMechanisms, ScrapeManager } from 'muster-sd'
import {
  Allocator,
  type AllocatorConfig,
  assign,
  epochOf,
  hashKey,
  loadAllocatorConfig,
  plainFacet,
  plainRules,
} from 'muster-sd/allocation'
import { type TargetUpdate, Turns } from 'muster-sd/discovery'
import { Registry } from 'prom-client'
import { ReplaySubject, Subject, VirtualTimeScheduler } from 'rxjs'
import { ConsistentHashing } from './consistent-hashing.js'
import {
  type Allocation,
  simulate,
  type SimulationOptions,
  type SimulationResult,
} from './poll-simulator.js'
import { line, median } from './report.js'

const [targetCount = 100_000, memberCount = 100] = process.argv.slice(2).map(Number)
const groupSize = 10

function addressOf(i: number): string {
  return `127.${String(i >> 16)}.${String((i >> 8) & 255)}.${String(i & 255)}:9100`
}

function membersOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `otel-collector-${String(i)}`)
}

/** Numbers in [0, 1), the same ones in each run. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const addresses = Array.from({ length: targetCount }, (_, i) => addressOf(i))

/** The owner of each target. */
type Owners = (members: readonly string[]) => readonly string[]

const consistentHashing: Owners = (members) => {
  const ring = new ConsistentHashing(members)
  return addresses.map((address) => ring.owner(address))
}

function ours(strategy: 'rendezvous' | 'balanced'): Owners {
  const specs = addresses.map((one) => ({ key: hashKey([one]), facet: plainFacet, weight: 1 }))
  return (members) => {
    const all = members.map((id) => ({ id, weight: 1, zone: '', node: '' }))
    const owners = assign(specs, epochOf(all), { ...plainRules, strategy })
    return owners.map(([first = '']) => first)
  }
}

function spread(name: string, owners: Owners): void {
  const members = membersOf(memberCount)
  const before = owners(members)
  const loads = new Map(members.map((id) => [id, 0]))
  for (const id of before) loads.set(id, (loads.get(id) ?? 0) + 1)
  const shares = [...loads.values()].map((load) => load / (targetCount / memberCount))
  const least = Math.min(...shares).toFixed(2)
  line(`${name}: load over the mean`, `${least} to ${Math.max(...shares).toFixed(2)}`)
  const moved = (after: readonly string[]): string => {
    const count = after.filter((id, i) => id !== before[i]).length
    return `${((100 * count) / targetCount).toFixed(1)} %`
  }
  const more = moved(owners(membersOf(memberCount + 1)))
  const fewer = moved(owners(members.slice(0, -1)))
  line(`${name}: moved by one member more / less`, `${more} / ${fewer}`)
}

function configOf(text: string): Promise<AllocatorConfig> {
  const mechanisms = builtInMechanisms({ registry: new Registry(), env: {}, userAgent: 'bench' })
  const whole = `members: {static_configs: [{targets: [unused:1]}]}\n${text}`
  return loadAllocatorConfig('allocator.yml', {
    mechanisms,
    readFile: () => Promise.resolve(Buffer.from(whole)),
  })
}

/** The allocator over real pools; discovery is played by hand. */
class Stage {
  readonly allocator: Allocator
  readonly clock = new VirtualTimeScheduler()
  readonly #targets = new Subject<TargetUpdate>()
  readonly #members = new ReplaySubject<TargetUpdate>(1)
  readonly #pools: ScrapeManager
  #hasMembers = false
  readonly #running: Promise<unknown>

  constructor(config: AllocatorConfig, scrapeMs: number, turns = new Turns()) {
    this.#pools = new ScrapeManager({ updates: this.#targets, registry: new Registry(), turns })
    this.#pools
      .prepare([
        {
          job_name: 'job',
          scrape_interval: scrapeMs,
          scrape_timeout: 10_000,
          metrics_path: '/metrics',
          scheme: 'http',
          params: {},
          relabel_configs: [],
          target_limit: 0,
          keep_dropped_targets: 0,
          metric_name_validation_scheme: 'utf8',
        },
      ])
      .commit()
    // Of a provider the allocator asks nothing but whether it has answered.
    const provider = {
      name: 'bench/0',
      mechanism: 'bench',
      sets: ['members'],
      state: 'running',
      lastSuccess: 1,
      lastError: undefined,
      consecutiveFailures: 0,
      failures: 0,
      nextTry: undefined,
      groups: 0,
      targets: 0,
      updates: 0,
      requests: 0,
      staleSince: undefined,
    } as const
    this.allocator = new Allocator({
      pools: this.#pools,
      discovery: {
        updates: this.#members,
        providers: () => (this.#hasMembers ? [provider] : []),
        isSetSettled: () => true,
      },
      registry: new Registry(),
      scheduler: this.clock,
      turns,
    })
    this.use(config)
    this.#running = Promise.all([this.#pools.execute(), this.allocator.execute()])
  }

  use(config: AllocatorConfig): void {
    this.allocator.prepare(config).commit()
  }

  members(ids: readonly string[]): void {
    this.#hasMembers = true
    const targets = ids.map((id) => ({ __address__: id }))
    const changes = new Map([['bench/0', { source: '0', labels: {}, targets }]])
    this.#members.next({ set: 'members', generation: 1, changes })
  }

  groups(groups: ReadonlyMap<number, readonly string[]>): void {
    const changes = new Map(
      Array.from(groups, ([source, all]) => {
        const targets = all.map((one) => ({ __address__: one }))
        return [`bench/${String(source)}`, { source: String(source), labels: {}, targets }] as const
      }),
    )
    this.#targets.next({ set: 'job', generation: 1, changes })
  }

  get #isSettled(): boolean {
    return (
      this.#pools.isPoolSettled('job') && (!this.#hasMembers || this.allocator.isSettled('job'))
    )
  }

  /** Waits until everything is done. @returns how long the longest turn of the event loop took; milliseconds */
  async settled(): Promise<number> {
    let longest = 0
    while (!this.#isSettled) {
      const { user } = process.cpuUsage()
      await new Promise((resolve) => setImmediate(resolve))
      longest = Math.max(longest, (process.cpuUsage().user - user) / 1000)
    }
    return longest
  }

  pass(seconds: number): void {
    this.clock.maxFrames = this.clock.now() + seconds * 1000
    this.clock.flush()
    this.clock.frame = this.clock.maxFrames
  }

  share(member: string): Iterable<string> {
    const share = this.allocator.share('job', member)
    return (share?.parts ?? []).flatMap(({ ranges }) =>
      ranges.map(({ targets, from }) => targets.discovered.targets[from]?.['__address__'] ?? ''),
    )
  }

  async end(): Promise<void> {
    this.allocator.interrupt()
    this.#pools.interrupt()
    await this.#running
  }
}

function inGroups(all: readonly string[]): Map<number, readonly string[]> {
  const groups = new Map<number, readonly string[]>()
  for (let i = 0; i < all.length; i += groupSize) {
    groups.set(i / groupSize, all.slice(i, i + groupSize))
  }
  return groups
}

/** What a change of one target takes, everything that follows from it included; milliseconds. */
async function oneTarget(stage: Stage): Promise<number> {
  const groups = inGroups(addresses)
  stage.groups(groups)
  await stage.settled()
  const times: number[] = []
  for (let i = 0; i < 600; i += 1) {
    const at = (i * 7) % groups.size
    const [, ...rest] = groups.get(at) ?? []
    const changed = new Map([[at, [`127.200.${String(i >> 8)}.${String(i & 255)}:1`, ...rest]]])
    // A turn of the event loop of its own.
    await new Promise((resolve) => setImmediate(resolve))
    const before = performance.now()
    stage.groups(changed)
    times.push(performance.now() - before)
    await stage.settled()
  }
  return median(times.slice(200))
}

async function costs(): Promise<void> {
  const config = await configOf('moves: {member_grace: 0s, overlap: 0s, budget: none}')
  const alone = new Stage(config, 30_000)
  const ofPool = await oneTarget(alone)
  await alone.end()
  const stage = new Stage(config, 30_000)
  stage.members(membersOf(memberCount))
  const ofBoth = await oneTarget(stage)
  const beside = `${ofBoth.toFixed(3)} ms with the pool, whose part is ${ofPool.toFixed(3)}`
  line('one changed target', `${(ofBoth - ofPool).toFixed(3)} ms`, beside)
  for (const text of ['budget: none, overlap: 0s', 'budget: 2%/1m', 'budget: 2%/1m, overlap: 1m']) {
    stage.use(await configOf(`moves: {member_grace: 0s, ${text}}`))
    await oneMember(stage, text)
  }
  await stage.end()
}

async function oneMember(stage: Stage, text: string): Promise<void> {
  const passes: number[] = []
  const holds: number[] = []
  for (let i = 0; i < 12; i += 1) {
    const ids = membersOf(memberCount + (i % 2 === 0 ? 1 : 0))
    await new Promise((resolve) => setTimeout(resolve, 20))
    const before = process.cpuUsage()
    stage.members(ids)
    stage.pass(1)
    const longest = await stage.settled()
    const { user, system } = process.cpuUsage(before)
    passes.push((user + system) / 1000)
    holds.push(longest)
    stage.pass(200)
    await stage.settled()
  }
  const held = `longest turn ${median(holds.slice(2)).toFixed(1)} ms, at most ${Math.max(...holds.slice(2)).toFixed(1)}`
  line(`one changed member (${text}): CPU`, `${median(passes.slice(2)).toFixed(0)} ms`, held)
}

interface Scenario {
  readonly name: string
  readonly before: number
  readonly after: number
}

const scenarios: readonly Scenario[] = [
  { name: 'a member more', before: 20, after: 21 },
  { name: 'a member leaves, and still polls', before: 21, after: 20 },
]

const some = addresses.slice(0, 2000)
const changeAt = 200

function optionsOf(
  { before, after }: Scenario,
  allocation: Allocation,
  make: () => void,
  refresh: number,
  isPushed: boolean,
  seed: number,
): SimulationOptions {
  return {
    members: membersOf(Math.max(before, after)),
    allocation,
    refresh,
    scrape: 30,
    length: 700,
    isPushed,
    change: { at: changeAt, make },
    random: randomOf(seed),
  }
}

/** The same with other phases, added up: how a member polls beside the others decides much. */
const seeds = Array.from({ length: 12 }, (_, i) => i + 1)

async function simulated(
  name: string,
  one: (seed: number) => SimulationResult | Promise<SimulationResult>,
): Promise<void> {
  const results: SimulationResult[] = []
  for (const seed of seeds) results.push(await one(seed))
  const sum = (of: (result: SimulationResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0)
  const moved = sum((result) => result.moved)
  const share = (count: number): string => ((100 * count) / moved).toFixed(0)
  const missed = `${share(sum((result) => result.missing))} % miss one`
  const late = `${share(sum((result) => result.late))} % have one late`
  const duplicates = sum((result) => result.duplicates * result.moved) / moved
  const longest = Math.max(...results.map(({ longestGap }) => longestGap))
  const rest = `${late}, ${duplicates.toFixed(2)} duplicates, longest gap ${longest.toFixed(0)} s, ${String(moved)} moved`
  line(name, missed, rest)
}

/** The targets of each member. */
function sharesOf(ids: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const ring = new ConsistentHashing(ids)
  const shares = new Map<string, string[]>(ids.map((id) => [id, []]))
  for (const address of some) shares.get(ring.owner(address))?.push(address)
  return shares
}

function simulateTheirs(scenario: Scenario, refresh: number): Promise<void> {
  const before = sharesOf(membersOf(scenario.before))
  const after = sharesOf(membersOf(scenario.after))
  const name = `Target Allocator, ${scenario.name}, polls ${String(refresh)} s`
  return simulated(name, (seed) => {
    let shares = before
    const allocation: Allocation = {
      poll: (member) => shares.get(member) ?? [],
      advance: () => {},
    }
    const make = (): void => {
      shares = after
    }
    return simulate(optionsOf(scenario, allocation, make, refresh, false, seed))
  })
}

async function simulateOurs(scenario: Scenario, refresh: number, isPushed: boolean): Promise<void> {
  const config = await configOf('moves: {member_grace: 0s, budget: none}')
  const how = isPushed ? 'push' : `polls ${String(refresh)} s`
  await simulated(`muster, ${scenario.name}, ${how}`, async (seed) => {
    const atOnce = new Turns({ clock: { now: () => 0, later: () => {} } })
    const stage = new Stage(config, 30_000, atOnce)
    stage.members(membersOf(scenario.before))
    stage.groups(inGroups(some))
    const allocation: Allocation = {
      poll(member) {
        const share = [...stage.share(member)]
        stage.allocator.fetched('job', member, isPushed ? 0 : refresh * 1000)
        return share
      },
      advance: () => stage.pass(1),
    }
    const make = (): void => stage.members(membersOf(scenario.after))
    const result = simulate(optionsOf(scenario, allocation, make, refresh, isPushed, seed))
    await stage.end()
    return result
  })
}

spread('consistent-hashing (Target Allocator)', consistentHashing)
spread('rendezvous', ours('rendezvous'))
spread('balanced', ours('balanced'))
await costs()
for (const scenario of scenarios) {
  for (const refresh of [30, 60]) await simulateTheirs(scenario, refresh)
  for (const refresh of [30, 60]) await simulateOurs(scenario, refresh, false)
  await simulateOurs(scenario, 30, true)
}
