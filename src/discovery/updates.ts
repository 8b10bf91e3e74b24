import { Observable, type SchedulerLike, Subject, type Subscription, timer } from 'rxjs'
import { timerMs } from '../run/index.js'
import type { GroupChange } from './groups/group-store.js'
import type { TargetGroup } from './groups/target-group.js'

/** Names a group within a target set: unique over the providers of the set. */
export type GroupKey = string

/** What changed in one target set. */
export interface TargetUpdate {
  /** A job name (scrape) or `config-<i>` (notify). */
  readonly set: string
  /**
   * How many configs the manager had taken when this was sent. A commit sends, in the same turn, one
   * update for each of its sets, without changes where there are none; so a consumer knows from the
   * first update of a set with a higher number that the set follows the new config from here on.
   */
  readonly generation: number
  /** Only the groups that changed; undefined for one that is gone. */
  readonly changes: ReadonlyMap<GroupKey, TargetGroup | undefined>
  /** The set itself is gone: no consumer is configured with it any more. */
  readonly removed?: true
}

/**
 * Why targets came or went: an `answer` of their provider; a `reload` of the config; `restored` from
 * an earlier run, and `expired` when no live answer came; `released` by the guard, which had `held`
 * them (nothing came or went then, in spite of an answer); `revived` by the guard, since they were the
 * first of many to go; `chained`: a provider that finds configs has found another one, or one less.
 */
export type ChangeCause =
  | 'answer'
  | 'reload'
  | 'restored'
  | 'expired'
  | 'held'
  | 'released'
  | 'revived'
  | 'chained'

/** What came and went in one target set at one time, and why. */
export interface TargetEvent {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly set: string
  /** `consul/0` */
  readonly provider: string
  readonly cause: ChangeCause
  readonly changes: ReadonlyMap<GroupKey, GroupChange>
}

/** Updates that go out together. */
export interface UpdateBatch {
  readonly updates: readonly TargetUpdate[]
  /** The sets in which something changed, or that are new. */
  readonly news: ReadonlySet<string>
  /** They had to wait for the interval. */
  readonly wasDelayed: boolean
}

export interface UpdateStreamOptions {
  readonly scheduler: SchedulerLike
  /** After an update, what follows is collected for this long; milliseconds. */
  readonly intervalMs: number
}

const noChanges: ReadonlyMap<GroupKey, TargetGroup | undefined> = new Map()

/**
 * Delivers changes per set. A lone change goes out at once; what follows is collected, the latest
 * group of each key only, and goes out together when the interval is over. No timer runs while
 * nothing changes.
 */
export class UpdateStream {
  /** What goes out, from the time of subscribing on. */
  readonly batches: Observable<UpdateBatch>
  readonly #options: UpdateStreamOptions
  readonly #batches = new Subject<UpdateBatch>()
  #generation = 0
  #pending = new Map<string, Map<GroupKey, TargetGroup | undefined>>()
  /** Sets of a new plan that are named even where nothing changed in them. */
  #named = new Set<string>()
  #removed = new Set<string>()
  #interval: Subscription | undefined
  #isSending = false
  #holds = 0

  constructor(options: UpdateStreamOptions) {
    this.#options = options
    this.batches = this.#batches.asObservable()
  }

  get generation(): number {
    return this.#generation
  }

  /** Whether everything that was put has gone out. */
  get isSettled(): boolean {
    return this.#pending.size === 0 && this.#removed.size === 0 && this.#named.size === 0
  }

  /** Whether everything that was put for one set has gone out. */
  isSetSettled(set: string): boolean {
    return !this.#pending.has(set) && !this.#removed.has(set) && !this.#named.has(set)
  }

  /**
   * The updates for a new subscriber: first the state, then what changes.
   * @param state all there is now, one update per set; asked for at the time of subscribing
   */
  after(state: () => Iterable<TargetUpdate>): Observable<TargetUpdate> {
    return new Observable((subscriber) => {
      // What waits is in the state already: send it to the others first, so that no one gets it twice.
      this.#send(false)
      const wasSending = this.#isSending
      this.#isSending = true
      for (const update of state()) subscriber.next(update)
      const subscription = this.#batches.subscribe({
        next: ({ updates }) => {
          for (const update of updates) subscriber.next(update)
        },
        complete: () => subscriber.complete(),
      })
      this.#isSending = wasSending
      this.#wake()
      return subscription
    })
  }

  /** Begins the next generation, with these sets. */
  begin(sets: Iterable<string>): void {
    this.#generation += 1
    this.#named = new Set(sets)
    this.#wake()
  }

  /** Adds changes of a set. */
  put(set: string, changes: readonly (readonly [GroupKey, TargetGroup | undefined])[]): void {
    if (changes.length === 0) return
    const waiting = this.#waiting(set)
    for (const [key, group] of changes) waiting.set(key, group)
    this.#wake()
  }

  /** Tells of a new set, with whatever else is put for it. */
  announce(set: string): void {
    this.#waiting(set)
    this.#wake()
  }

  /** Tells that a set is gone. */
  remove(set: string): void {
    this.#pending.delete(set)
    this.#removed.add(set)
    this.#wake()
  }

  /** What `work` puts belongs together: it goes out when work is done, if nothing must wait. */
  together(work: () => void): void {
    this.#holds += 1
    try {
      work()
    } finally {
      this.#holds -= 1
      this.#wake()
    }
  }

  /** Like {@link together}, and goes out even if changes are being collected. */
  atOnce(work: () => void): void {
    this.together(work)
    if (this.#holds === 0) this.#send(false)
  }

  /** Frees the timer and completes the stream; what still waits is not sent. */
  close(): void {
    this.#interval?.unsubscribe()
    this.#interval = undefined
    this.#pending.clear()
    this.#named.clear()
    this.#removed.clear()
    this.#batches.complete()
  }

  #waiting(set: string): Map<GroupKey, TargetGroup | undefined> {
    const found = this.#pending.get(set)
    if (found !== undefined) return found
    const made = new Map<GroupKey, TargetGroup | undefined>()
    this.#pending.set(set, made)
    return made
  }

  #wake(): void {
    if (this.#interval === undefined && this.#holds === 0) this.#send(false)
  }

  #send(wasDelayed: boolean): void {
    // A consumer may cause a change while it takes another; that one waits for the interval.
    if (this.#isSending || this.isSettled) return
    const batch = this.#takeBatch(wasDelayed)
    this.#isSending = true
    this.#batches.next(batch)
    this.#isSending = false
    if (batch.news.size > 0) this.#rest()
  }

  #takeBatch(wasDelayed: boolean): UpdateBatch {
    const [pending, named, removed] = [this.#pending, this.#named, this.#removed]
    this.#pending = new Map()
    this.#named = new Set()
    this.#removed = new Set()
    const generation = this.#generation
    const updates: TargetUpdate[] = []
    for (const set of removed) updates.push({ set, generation, changes: noChanges, removed: true })
    for (const [set, changes] of pending) updates.push({ set, generation, changes })
    for (const set of named) {
      if (!pending.has(set)) updates.push({ set, generation, changes: noChanges })
    }
    return { updates, news: new Set([...pending.keys(), ...removed]), wasDelayed }
  }

  /** Begins after the consumers are done, so that slow ones get time to breathe. */
  #rest(): void {
    this.#interval?.unsubscribe()
    this.#interval = timer(timerMs(this.#options.intervalMs), this.#options.scheduler).subscribe(
      () => {
        this.#interval = undefined
        this.#send(true)
      },
    )
  }
}
