import { asyncScheduler, type Observable, type SchedulerLike, Subject } from 'rxjs'
import type { PoolChange } from '../../scrape/index.js'

/** What follows a change within this many milliseconds is passed on together. */
const coalesceMs = 50

/** The time after a change of a pool in which others wait. */
interface Window {
  hasMore: boolean
}

/**
 * Tells which pools have changed: a lone change at once, those that follow closely together. It listens from the
 * first `start` on, and no timer runs while nothing changes.
 */
export class PoolPulses {
  readonly #changes: Observable<PoolChange>
  readonly #scheduler: SchedulerLike
  readonly #pulses = new Subject<string>()
  readonly #windows: Map<string, Window> = new Map()
  #isStarted = false
  #isOver = false

  constructor(changes: Observable<PoolChange>, scheduler: SchedulerLike = asyncScheduler) {
    this.#changes = changes
    this.#scheduler = scheduler
  }

  /** The name of each pool that has changed; completes when the daemon stops. */
  get pulses(): Observable<string> {
    return this.#pulses
  }

  /** Nothing changes any more. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether a change of this pool is about to be passed on. */
  isPending(pool: string): boolean {
    return this.#windows.get(pool)?.hasMore === true
  }

  /** Begins to listen, unless that was done. */
  start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#changes.subscribe({
      next: ({ pool }) => this.#changed(pool),
      complete: () => {
        this.#isOver = true
        this.#pulses.complete()
      },
    })
  }

  #changed(pool: string): void {
    const window = this.#windows.get(pool)
    if (window === undefined) this.#pulse(pool)
    else window.hasMore = true
  }

  #pulse(pool: string): void {
    const window: Window = { hasMore: false }
    this.#windows.set(pool, window)
    this.#scheduler.schedule(() => {
      if (window.hasMore && !this.#isOver) this.#pulse(pool)
      else this.#windows.delete(pool)
    }, coalesceMs)
    this.#pulses.next(pool)
  }
}
