import { Observable, type SchedulerLike, Subject, type Subscription, timer } from 'rxjs'
import type { TargetGroup } from './groups/target-group.js'

/** Names a group within a target set: unique over the providers of the set. */
export type GroupKey = string

/** What changed in one target set. */
export interface TargetUpdate {
  /** A job name (scrape) or `config-<i>` (notify). */
  readonly set: string
  /** Only the groups that changed; undefined for one that is gone. */
  readonly changed: ReadonlyMap<GroupKey, TargetGroup | undefined>
  /** The set itself is gone: no consumer is configured with it any more. */
  readonly removed?: true
}

export interface UpdateStreamOptions {
  readonly scheduler: SchedulerLike
  /** After an update, what follows is collected for this long; milliseconds. */
  readonly intervalMs: number
  /** All there is now, one update per set: what a new subscriber gets first. */
  readonly snapshot: () => Iterable<TargetUpdate>
  /** These sets are about to go out; `wasHeld` when they had to wait for the interval. */
  readonly onSend: (sets: Iterable<string>, wasHeld: boolean) => void
}

/**
 * Delivers changes per set. A lone change goes out at once; what follows is collected, the latest
 * group of each key only, and goes out together when the interval is over. No timer runs while
 * nothing changes.
 */
export class UpdateStream {
  readonly updates: Observable<TargetUpdate>
  readonly #options: UpdateStreamOptions
  readonly #subject = new Subject<TargetUpdate>()
  #pending = new Map<string, Map<GroupKey, TargetGroup | undefined>>()
  #removed = new Set<string>()
  #interval: Subscription | undefined
  #isSending = false
  #holds = 0

  constructor(options: UpdateStreamOptions) {
    this.#options = options
    this.updates = new Observable((subscriber) => {
      // What waits is in the snapshot already: let it go to the others first, so that nobody gets it twice.
      this.#send()
      const wasSending = this.#isSending
      this.#isSending = true
      for (const update of options.snapshot()) subscriber.next(update)
      const subscription = this.#subject.subscribe(subscriber)
      this.#isSending = wasSending
      this.#wake()
      return subscription
    })
  }

  /** Whether everything that was put has gone out. */
  get isSettled(): boolean {
    return this.#pending.size === 0 && this.#removed.size === 0
  }

  /** Adds changes of a set. */
  put(set: string, changes: readonly (readonly [GroupKey, TargetGroup | undefined])[]): void {
    if (changes.length === 0) return
    const waiting = this.#waiting(set)
    for (const [key, group] of changes) waiting.set(key, group)
    this.#wake()
  }

  /** Tells of a set, with whatever else is put for it. */
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
    if (this.#holds === 0) this.#send()
  }

  /** Frees the timer and completes the stream; what still waits is not sent. */
  close(): void {
    this.#interval?.unsubscribe()
    this.#interval = undefined
    this.#pending.clear()
    this.#removed.clear()
    this.#subject.complete()
  }

  #waiting(set: string): Map<GroupKey, TargetGroup | undefined> {
    const found = this.#pending.get(set)
    if (found !== undefined) return found
    const made = new Map<GroupKey, TargetGroup | undefined>()
    this.#pending.set(set, made)
    return made
  }

  #wake(): void {
    if (this.#interval === undefined && this.#holds === 0) this.#send()
  }

  #send(wasHeld = false): void {
    // A consumer may cause a change while it is told of another; that one waits for the interval.
    if (this.#isSending || (this.#pending.size === 0 && this.#removed.size === 0)) return
    const pending = this.#pending
    const removed = this.#removed
    this.#pending = new Map()
    this.#removed = new Set()
    this.#isSending = true
    this.#options.onSend(pending.keys(), wasHeld)
    for (const set of removed) this.#subject.next({ set, changed: new Map(), removed: true })
    for (const [set, changed] of pending) this.#subject.next({ set, changed })
    this.#isSending = false
    this.#rest()
  }

  /** Begins after the consumers are done, so that slow ones get time to breathe. */
  #rest(): void {
    this.#interval?.unsubscribe()
    this.#interval = timer(this.#options.intervalMs, this.#options.scheduler).subscribe(() => {
      this.#interval = undefined
      this.#send(true)
    })
  }
}
