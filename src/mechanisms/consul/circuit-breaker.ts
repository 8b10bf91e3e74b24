import type { SchedulerLike, Subscription } from 'rxjs'
import { type BackOff, backOffDelay } from '../../waiting/back-off.js'
import { WaitingLine } from '../../waiting/waiting-line.js'

const backOff: BackOff = { firstMs: 1000, maxMs: 15_000 }

type State =
  /** Consul answers: requests are made at once. */
  | { readonly kind: 'closed' }
  /** Consul does not answer: requests wait, and one of them is a probe when the timer fires. */
  | {
      readonly kind: 'open'
      /** When the next probe is made, in milliseconds on the scheduler's clock. */
      readonly nextTry: number
      readonly timer: Subscription
    }

/**
 * The circuit breaker of one Consul server. While it is open, all watches of the server wait except one
 * at a time, which probes it with growing waits; the first answer closes it and releases all of them.
 * So a dead Consul gets one request every few seconds, not one for each service, and one that is back
 * is noticed by all watches at once.
 */
export class CircuitBreaker {
  readonly #scheduler: SchedulerLike
  readonly #random: () => number
  readonly #waiting = new WaitingLine()
  #state: State = { kind: 'closed' }
  #timesOpened = 0

  constructor(scheduler: SchedulerLike, random: () => number) {
    this.#scheduler = scheduler
    this.#random = random
  }

  /** When the next probe is made, in milliseconds on the scheduler's clock; undefined while closed. */
  get nextTry(): number | undefined {
    return this.#state.kind === 'open' ? this.#state.nextTry : undefined
  }

  /** How often it opened: what was known before the last time may be of another Consul. */
  get timesOpened(): number {
    return this.#timesOpened
  }

  /** A request got no answer: opens the breaker. Many watches report one and the same outage. */
  recordFailure(error: unknown): void {
    if (this.#state.kind === 'open') return
    this.#timesOpened += 1
    this.#open(1, error)
  }

  /** A request got an answer: closes the breaker. */
  recordSuccess(): void {
    if (this.#state.kind === 'closed') return
    this.#close()
    this.#waiting.releaseAll()
  }

  /** Resolves when the caller may make a request: at once while closed. @throws the signal's reason */
  wait(signal: AbortSignal): Promise<void> {
    if (this.#state.kind === 'closed') return Promise.resolve()
    return this.#waiting.wait(signal, () => {
      // No watch is left that would probe: then there is nothing to time either.
      if (this.#waiting.size === 0) this.#close()
    })
  }

  /** @param failures how often in a row Consul did not answer, from 1 */
  #open(failures: number, error?: unknown): void {
    const wait = backOffDelay(failures, error, this.#random, backOff)
    const timer = this.#scheduler.schedule(() => this.#probe(failures), wait)
    this.#state = { kind: 'open', nextTry: this.#scheduler.now() + wait, timer }
  }

  /** Releases one watch. The timer goes on, so that another follows should this one hang or leave. */
  #probe(failures: number): void {
    if (this.#waiting.release()) this.#open(failures + 1)
    else this.#close()
  }

  #close(): void {
    if (this.#state.kind === 'open') this.#state.timer.unsubscribe()
    this.#state = { kind: 'closed' }
  }
}
