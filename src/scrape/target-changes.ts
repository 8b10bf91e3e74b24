import { Observable, type Subscription } from 'rxjs'
import { formatUrl } from '../go/format-url.js'
import { countBelow } from '../go/sort-search.js'
import { type Labels, labelValue } from '../labels/index.js'
import { Turns } from '../waiting/turns.js'
import { urlOf } from './lists/elements.js'
import type { GroupRange, ListPart } from './lists/list-part.js'
import { SelectionCache } from './lists/name-selections.js'
import type { ScrapeManager } from './manager.js'
import type { Target } from './targets/target.js'

/** An active target, as a scraper needs it. */
export interface ScrapeTarget {
  /** Its labels after relabelling, those that begin with two underscores left out. */
  readonly labels: Labels
  /** Where it is scraped, parameters included. */
  readonly url: string
  /** Durations as text: `30s`. */
  readonly interval: string
  readonly timeout: string
}

/** What became of the active targets of a job. */
export interface TargetChanges {
  readonly job: string
  readonly added: readonly ScrapeTarget[]
  readonly removed: readonly ScrapeTarget[]
  /** The same discovered target with other labels, or scraped in another way. */
  readonly changed: readonly { readonly before: ScrapeTarget; readonly after: ScrapeTarget }[]
}

/** How {@link followTargets} goes about it. */
export interface FollowOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal
  /** Where long work takes its time from; the process should have one. Left out: one of its own. */
  readonly turns?: Turns
}

/** A target that the consumer knows. */
interface Known {
  readonly target: Target
  /** Its address before relabelling: what other rules, or another group, make of it is the same target. */
  readonly address: string
  readonly shown: ScrapeTarget
}

/**
 * The active targets of all jobs after relabelling, and then what changes in them: first one element for each
 * job that has targets, with all of them as `added`. A change costs what it changes.
 *
 * The consumer sets the pace: what happens while it is busy comes as one change for each job. It ends when
 * the manager does, or the signal aborts.
 */
export async function* followTargets(
  pools: Pick<ScrapeManager, 'pools' | 'pool' | 'changes'>,
  { signal, turns = new Turns() }: FollowOptions = {},
): AsyncGenerator<TargetChanges, void, undefined> {
  const jobs = new Map<string, KnownJob>()
  const changed = new ChangedPools(pools, signal)
  try {
    for (;;) {
      const name = await changed.next()
      if (name === undefined) return
      const job = jobs.get(name) ?? new KnownJob(name)
      jobs.set(name, job)
      const changes = await job.update(pools.pool(name), turns)
      if (pools.pool(name) === undefined) jobs.delete(name)
      if (changes !== undefined) yield changes
    }
  } finally {
    changed.close()
  }
}

/** The same as a stream: see {@link followTargets}. Unsubscribing ends it. */
export function targetChanges(
  pools: Pick<ScrapeManager, 'pools' | 'pool' | 'changes'>,
  options: Omit<FollowOptions, 'signal'> = {},
): Observable<TargetChanges> {
  return new Observable((subscriber) => {
    const end = new AbortController()
    const follow = async (): Promise<void> => {
      for await (const changes of followTargets(pools, { ...options, signal: end.signal })) {
        subscriber.next(changes)
      }
    }
    follow().then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    )
    return () => end.abort()
  })
}

/** The names of the pools that changed since they were asked for; at first all. */
class ChangedPools {
  readonly #names = new Set<string>()
  readonly #signal: AbortSignal | undefined
  readonly #subscription: Subscription
  #isComplete = false
  #wake: () => void = noop

  constructor(pools: Pick<ScrapeManager, 'pools' | 'changes'>, signal: AbortSignal | undefined) {
    for (const { name } of pools.pools()) this.#names.add(name)
    this.#signal = signal
    signal?.addEventListener('abort', this.#ended, { once: true })
    this.#subscription = pools.changes.subscribe({
      next: ({ pool }) => {
        this.#names.add(pool)
        this.#wake()
      },
      complete: () => {
        this.#isComplete = true
        this.#wake()
      },
    })
  }

  /** Waits for one; undefined when there will be none. */
  async next(): Promise<string | undefined> {
    for (;;) {
      if (this.#signal?.aborted === true) return undefined
      const [name] = this.#names
      if (name !== undefined) {
        this.#names.delete(name)
        return name
      }
      if (this.#isComplete) return undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  close(): void {
    this.#subscription.unsubscribe()
    this.#signal?.removeEventListener('abort', this.#ended)
  }

  readonly #ended = (): void => this.#wake()
}

function noop(): void {}

/** What the consumer knows of one job. */
class KnownJob {
  readonly #name: string
  readonly #selections = new SelectionCache()
  #parts: ReadonlyMap<ListPart, readonly Known[]> = new Map()
  readonly #targets = new Map<Target, Known>()

  constructor(name: string) {
    this.#name = name
  }

  /**
   * Compares with the pool as it is now; only parts of its lists that changed are looked at.
   * @param pool undefined where the job is gone
   * @returns undefined where nothing changed
   */
  async update(
    pool: ReturnType<ScrapeManager['pool']>,
    turns: Turns,
  ): Promise<TargetChanges | undefined> {
    const parts = new Map<ListPart, readonly Known[]>()
    const came: Known[] = []
    for (const part of pool?.parts() ?? []) {
      const known = this.#parts.get(part) ?? this.#read(part)
      parts.set(part, known)
      if (!this.#parts.has(part)) came.push(...known)
      if (turns.isOver) await turns.next()
    }
    const went = [...this.#parts].flatMap(([part, known]) => (parts.has(part) ? [] : known))
    this.#parts = parts
    const changes = await this.#compare(went, came, turns)
    const count = changes.added.length + changes.removed.length + changes.changed.length
    return count === 0 ? undefined : changes
  }

  async #compare(
    went: readonly Known[],
    came: readonly Known[],
    turns: Turns,
  ): Promise<TargetChanges> {
    const stays = new Set<Target>()
    const fresh: Known[] = []
    for (const known of came) {
      if (this.#targets.has(known.target)) stays.add(known.target)
      else {
        fresh.push(known)
        this.#targets.set(known.target, known)
      }
      if (turns.isOver) await turns.next()
    }
    const gone = new Map<string, Known[]>()
    for (const { target } of went) {
      const known = stays.has(target) ? undefined : this.#targets.get(target)
      if (known === undefined) continue
      this.#targets.delete(target)
      const others = gone.get(known.address)
      if (others === undefined) gone.set(known.address, [known])
      else others.push(known)
      if (turns.isOver) await turns.next()
    }
    const added: ScrapeTarget[] = []
    const changed: { before: ScrapeTarget; after: ScrapeTarget }[] = []
    for (const { address, shown: after } of fresh) {
      const before = takeLike(after, gone.get(address) ?? [])
      if (before === undefined) added.push(after)
      // Other rules that make the same target make it again: for the consumer nothing changed.
      else if (!isSame(before, after)) changed.push({ before, after })
      if (turns.isOver) await turns.next()
    }
    const removed = [...gone.values()].flatMap((left) => left.map(({ shown }) => shown))
    return { job: this.#name, added, removed, changed }
  }

  #read({ ranges }: ListPart): readonly Known[] {
    return ranges.flatMap((range) => this.#readRange(range))
  }

  #readRange({ holder, targets, from, to }: GroupRange): readonly Known[] {
    const { active, activeAt, compiled, discovered } = targets
    const known: Known[] = []
    for (let i = countBelow(activeAt, from); i < active.length; i += 1) {
      const at = activeAt[i] ?? to
      if (at >= to) break
      const target = active[i]
      if (target === undefined || !target.isListedBy(holder)) continue
      const { publicLabels } = this.#selections.of(target.list)
      known.push({
        target,
        address: labelValue(discovered.targets[at] ?? {}, '__address__'),
        shown: {
          labels: publicLabels.labels(target.values),
          url: formatUrl(urlOf(target, compiled.job, this.#selections)),
          interval: target.value('__scrape_interval__'),
          timeout: target.value('__scrape_timeout__'),
        },
      })
    }
    return known
  }
}

/** How many targets of one address are compared: where all have the same one, each is not compared with all. */
const maxCompared = 64

/** Takes one of the targets of an address: the same one where there is one. */
function takeLike(target: ScrapeTarget, known: Known[]): ScrapeTarget | undefined {
  const same = known.slice(0, maxCompared).findIndex(({ shown }) => isSame(shown, target))
  return known.splice(Math.max(0, same), 1)[0]?.shown
}

function isSame(one: ScrapeTarget, other: ScrapeTarget): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
