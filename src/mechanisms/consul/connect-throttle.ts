import type { SchedulerLike, Subscription } from 'rxjs'
import { WaitingLine } from '../../waiting/waiting-line.js'

/**
 * Lets a few through at a time, in the order in which they came: so many, and after a pause as many
 * again. A thousand connections made all at once leave neither side time for anything else.
 */
export class Turnstile {
  readonly #width: number
  readonly #pauseMs: number
  readonly #scheduler: SchedulerLike
  readonly #queue = new WaitingLine()
  #passed = 0
  #openedAt = Number.NEGATIVE_INFINITY
  #timer: Subscription | undefined

  /** @param width so many pass in each `pauseMs` (milliseconds) */
  constructor(width: number, pauseMs: number, scheduler: SchedulerLike) {
    this.#width = width
    this.#pauseMs = pauseMs
    this.#scheduler = scheduler
  }

  /** Comes back when it is time. @throws the signal's reason */
  async pass(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const now = this.#scheduler.now()
    // A clock that was set back opens it too.
    const isClosed = now >= this.#openedAt && now < this.#openedAt + this.#pauseMs
    if (this.#timer === undefined && !isClosed) this.#open(now)
    if (this.#timer === undefined && this.#passed < this.#width) this.#passed += 1
    else await this.#wait(signal)
  }

  #open(now: number): void {
    this.#openedAt = now
    this.#passed = 0
  }

  #wait(signal: AbortSignal): Promise<void> {
    this.#timer ??= this.#scheduler.schedule(() => this.#turn(), this.#pauseMs)
    return this.#queue.wait(signal, () => {
      if (this.#queue.size === 0) this.#stop()
    })
  }

  #turn(): void {
    this.#stop()
    this.#open(this.#scheduler.now())
    while (this.#passed < this.#width && this.#queue.release()) this.#passed += 1
    if (this.#queue.size > 0) {
      this.#timer = this.#scheduler.schedule(() => this.#turn(), this.#pauseMs)
    }
  }

  #stop(): void {
    this.#timer?.unsubscribe()
    this.#timer = undefined
  }
}
