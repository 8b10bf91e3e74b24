import type { SchedulerLike, Subscription } from 'rxjs'
import { WaitingLine } from '../../waiting/waiting-line.js'

/**
 * Limits how many new connections are made at a time: a few, and after an interval a few more, in the
 * order in which the callers came. A thousand connections made all at once leave neither side time for
 * anything else.
 */
export class ConnectThrottle {
  readonly #limit: number
  readonly #intervalMs: number
  readonly #scheduler: SchedulerLike
  readonly #queue = new WaitingLine()
  /** The interval that counts now: when it began, and how many connections were allowed in it. */
  #intervalStart = Number.NEGATIVE_INFINITY
  #allowed = 0
  /** Runs while callers wait. */
  #timer: Subscription | undefined

  /**
   * @param limit how many connections are allowed in each interval
   * @param intervalMs milliseconds
   */
  constructor(limit: number, intervalMs: number, scheduler: SchedulerLike) {
    this.#limit = limit
    this.#intervalMs = intervalMs
    this.#scheduler = scheduler
  }

  /** Resolves when the caller may make a connection. @throws the signal's reason */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#timer === undefined && this.#isIntervalOver) this.#startInterval()
    if (this.#timer === undefined && this.#allowed < this.#limit) this.#allowed += 1
    else await this.#queueUp(signal)
  }

  get #isIntervalOver(): boolean {
    const now = this.#scheduler.now()
    // A clock that was set back ends it too.
    return now < this.#intervalStart || now >= this.#intervalStart + this.#intervalMs
  }

  #startInterval(): void {
    this.#intervalStart = this.#scheduler.now()
    this.#allowed = 0
  }

  #queueUp(signal: AbortSignal): Promise<void> {
    this.#timer ??= this.#scheduler.schedule(() => this.#nextInterval(), this.#intervalMs)
    return this.#queue.wait(signal, () => {
      if (this.#queue.size === 0) this.#stopTimer()
    })
  }

  #nextInterval(): void {
    this.#stopTimer()
    this.#startInterval()
    while (this.#allowed < this.#limit && this.#queue.release()) this.#allowed += 1
    if (this.#queue.size > 0) {
      this.#timer = this.#scheduler.schedule(() => this.#nextInterval(), this.#intervalMs)
    }
  }

  #stopTimer(): void {
    this.#timer?.unsubscribe()
    this.#timer = undefined
  }
}
