/**
 * Members that poll an allocation and scrape what they get, on a clock of its own: how many samples of a
 * target are missed when it moves, and how many are taken twice. Members poll at phases of their own, and each scrapes
 * each target at one: as Prometheus does.
 */

/** Who gives out the lists. Times are seconds. */
export interface Allocation {
  /** What a member gets at this time; it has asked for it. */
  poll(member: string, now: number): Iterable<string>
  /** What it does without being asked, at this time. */
  advance(now: number): void
}

export interface SimulationOptions {
  readonly members: readonly string[]
  readonly allocation: Allocation
  readonly refresh: number
  readonly scrape: number
  /** The whole of it. */
  readonly length: number
  /** Whether members are told of a change at once. */
  readonly isPushed: boolean
  /** Called once, at this time. */
  readonly change: { readonly at: number; readonly make: () => void }
  readonly random: () => number
}

export interface SimulationResult {
  /** Targets that another member scraped after the change. */
  readonly moved: number
  /** Of them: with two samples further apart than the interval. */
  readonly late: number
  /** Of them: with two samples further apart than one and a half of it. */
  readonly missing: number
  /** Samples of an old member after the first one of the new, on average. */
  readonly duplicates: number
  /** The longest time between two samples of a target that moved. */
  readonly longestGap: number
}

interface Sample {
  readonly at: number
  readonly member: string
}

/** Runs it. */
export function simulate(options: SimulationOptions): SimulationResult {
  const { members, allocation, refresh, scrape, length, change, random } = options
  const phases = new Map(members.map((member) => [member, random() * refresh]))
  const scraping = new Map<string, Map<string, number>>(members.map((id) => [id, new Map()]))
  const samples = new Map<string, Sample[]>()
  const offsets = new Map<string, number>()
  const stop = (target: string, member: string, since: number, now: number): void => {
    const key = `${member} ${target}`
    const offset = offsets.get(key) ?? random() * scrape
    offsets.set(key, offset)
    let list = samples.get(target)
    if (list === undefined) {
      list = []
      samples.set(target, list)
    }
    const first = Math.ceil((since - offset) / scrape) * scrape + offset
    for (let at = first; at < now; at += scrape) list.push({ at, member })
  }
  const poll = (member: string, now: number): void => {
    const running = scraping.get(member)
    if (running === undefined) return
    const given = new Set(allocation.poll(member, now))
    for (const [target, since] of running) {
      if (given.has(target)) continue
      running.delete(target)
      stop(target, member, since, now)
    }
    for (const target of given) if (!running.has(target)) running.set(target, now)
  }
  let isChanged = false
  for (let now = 0; now < length; now += 1) {
    allocation.advance(now)
    if (!isChanged && now >= change.at) {
      isChanged = true
      change.make()
    }
    for (const member of members) {
      const phase = phases.get(member) ?? 0
      const isDue = Math.floor((now - phase) / refresh) !== Math.floor((now - 1 - phase) / refresh)
      if (isDue || now === 0 || options.isPushed) poll(member, now)
    }
  }
  for (const [member, running] of scraping) {
    for (const [target, since] of running) stop(target, member, since, length)
  }
  return judge(samples, change.at, scrape)
}

function judge(
  samples: ReadonlyMap<string, readonly Sample[]>,
  changedAt: number,
  scrape: number,
): SimulationResult {
  let [moved, late, missing, duplicates, longestGap] = [0, 0, 0, 0, 0]
  for (const unsorted of samples.values()) {
    const all = unsorted.toSorted((a, b) => a.at - b.at)
    const before = new Set(all.filter(({ at }) => at < changedAt).map(({ member }) => member))
    const firstNew = all.find(({ member }) => !before.has(member))
    if (firstNew === undefined) continue
    moved += 1
    duplicates += all.filter(({ at, member }) => at > firstNew.at && before.has(member)).length
    let gap = 0
    for (let i = 1; i < all.length; i += 1) {
      gap = Math.max(gap, (all[i]?.at ?? 0) - (all[i - 1]?.at ?? 0))
    }
    longestGap = Math.max(longestGap, gap)
    if (gap > scrape + 0.001) late += 1
    if (gap > 1.5 * scrape) missing += 1
  }
  return { moved, late, missing, duplicates: duplicates / Math.max(1, moved), longestGap }
}
