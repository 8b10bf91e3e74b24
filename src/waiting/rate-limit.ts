import { checkMs } from './option.js'

/** How many requests a client may make at once after a quiet time. */
const usualBurst = 10

/**
 * The rate limit of one client of a server: a token bucket. After a quiet time it may ask a few times
 * at once, so that a lone change is seen in milliseconds; then once in each interval, so that steady
 * churn costs the server no more requests than a poll at that interval does.
 */
export class RateLimit {
  readonly #intervalMs: number
  readonly #clock: { now(): number }
  readonly #burst: number
  #tokens: number
  #at: number

  /**
   * @param intervalMs milliseconds in which one more request is allowed, `refresh_interval` of a
   * mechanism; one below 10 ms counts as 10 ms
   * @param burst how many requests it may make at once after a quiet time
   * @throws {OptionError} for an interval that is negative or NaN
   */
  constructor(intervalMs: number, clock: { now(): number }, burst: number = usualBurst) {
    checkMs('intervalMs', intervalMs)
    this.#burst = burst
    this.#tokens = burst
    this.#intervalMs = Math.max(intervalMs, 10)
    this.#clock = clock
    this.#at = clock.now()
  }

  /**
   * Reserves the next request, which the caller then has to make.
   * @returns the milliseconds to wait before it
   */
  reserve(): number {
    const now = this.#clock.now()
    // A clock that was set back must not stop the client.
    const passed = Math.max(0, now - this.#at)
    this.#tokens = Math.min(this.#burst, this.#tokens + passed / this.#intervalMs) - 1
    this.#at = now
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens * this.#intervalMs)
  }
}
