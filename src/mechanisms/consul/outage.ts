import type { SchedulerLike, Subscription } from 'rxjs'
import { type BackOff, backOffDelay } from '../../waiting/back-off.js'
import { WaitingLine } from '../../waiting/waiting-line.js'

const backOff: BackOff = { firstMs: 1000, maxMs: 15_000 }

/**
 * The state of one Consul that answers nobody. While it is out, all watches of it stand still but
 * one at a time, which tries again with growing waits; the first answer lets all of them go on. So a
 * dead Consul gets one request every few seconds, not one for each service, and one that is back is
 * noticed at once by all.
 */
export class Outage {
  readonly #scheduler: SchedulerLike
  readonly #random: () => number
  readonly #waiting = new WaitingLine()
  #failures = 0
  #count = 0
  #timer: Subscription | undefined
  #nextTry: number | undefined

  constructor(scheduler: SchedulerLike, random: () => number) {
    this.#scheduler = scheduler
    this.#random = random
  }

  /** When the next try is made, in milliseconds on the scheduler's clock; undefined when all is well. */
  get nextTry(): number | undefined {
    return this.#nextTry
  }

  /** How many outages there were: what was known before the last one may be of another Consul. */
  get count(): number {
    return this.#count
  }

  /** Consul did not answer. Many watches say so about one and the same outage. */
  failed(error: unknown): void {
    if (this.#timer !== undefined) return
    this.#count += 1
    this.#arm(error)
  }

  /** Consul answered somebody. */
  succeeded(): void {
    if (this.#timer === undefined) return
    this.#clear()
    this.#waiting.releaseAll()
  }

  /** Comes back when it is time to ask: at once, unless Consul is out. @throws the signal's reason */
  turn(signal: AbortSignal): Promise<void> {
    if (this.#timer === undefined) return Promise.resolve()
    return this.#waiting.wait(signal, () => {
      // Nobody is left who would try: then there is nothing to time either.
      if (this.#waiting.size === 0) this.#clear()
    })
  }

  #arm(error?: unknown): void {
    this.#failures += 1
    const wait = backOffDelay(this.#failures, error, this.#random, backOff)
    this.#nextTry = this.#scheduler.now() + wait
    this.#timer = this.#scheduler.schedule(() => this.#tryNext(), wait)
  }

  /** One watch may try. The timer goes on, so that another follows should this one hang or leave. */
  #tryNext(): void {
    if (this.#waiting.release()) this.#arm()
    else this.#clear()
  }

  #clear(): void {
    this.#timer?.unsubscribe()
    this.#timer = undefined
    this.#nextTry = undefined
    this.#failures = 0
  }
}
