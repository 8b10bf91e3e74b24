import type { SchedulerLike, Subscription } from 'rxjs'
import { reasonOf } from './sleep.js'

/**
 * Lets a few through at a time, in the order in which they came: so many, and after a pause as many
 * again. A thousand connections made all at once leave neither side time for anything else.
 */
export class Turnstile {
  readonly #width: number
  readonly #pauseMs: number
  readonly #scheduler: SchedulerLike
  readonly #queue = new Set<() => void>()
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
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#queue.delete(go)
        if (this.#queue.size === 0) this.#stop()
        reject(reasonOf(signal))
      }
      const go = (): void => {
        signal.removeEventListener('abort', stop)
        resolve()
      }
      this.#queue.add(go)
      signal.addEventListener('abort', stop, { once: true })
    })
  }

  #turn(): void {
    this.#stop()
    this.#open(this.#scheduler.now())
    for (const go of this.#queue) {
      if (this.#passed === this.#width) break
      this.#passed += 1
      this.#queue.delete(go)
      go()
    }
    if (this.#queue.size > 0) {
      this.#timer = this.#scheduler.schedule(() => this.#turn(), this.#pauseMs)
    }
  }

  #stop(): void {
    this.#timer?.unsubscribe()
    this.#timer = undefined
  }
}
