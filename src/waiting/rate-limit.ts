/** How many requests a watcher may make at once after a quiet time. */
const burst = 10

/**
 * The pace of one watcher: a token bucket. After a quiet time it may ask ten times at once, so that
 * a lone change is seen in milliseconds; then once in each `refresh_interval`, so that steady churn
 * costs Consul no more requests than Prometheus makes.
 */
export class Pace {
  readonly #refillMs: number
  readonly #clock: { now(): number }
  #tokens = burst
  #at: number

  /** @param refillMs `refresh_interval`; one below 10 ms counts as 10 ms */
  constructor(refillMs: number, clock: { now(): number }) {
    this.#refillMs = Math.max(refillMs, 10)
    this.#clock = clock
    this.#at = clock.now()
  }

  /** Takes the next turn; gives the milliseconds to wait for it. */
  next(): number {
    const now = this.#clock.now()
    // A clock that was set back must not stop the watcher.
    const passed = Math.max(0, now - this.#at)
    this.#tokens = Math.min(burst, this.#tokens + passed / this.#refillMs) - 1
    this.#at = now
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens * this.#refillMs)
  }
}
