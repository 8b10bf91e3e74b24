import { checkCount } from './option.js'
import { WaitingLine } from './waiting-line.js'

/**
 * Runs a limited number of requests at a time, in the order in which they came. Thousands of short
 * requests go faster over a few connections that stay open than over one new connection each.
 */
export class RequestPool {
  #limit: number
  #running = 0
  readonly #queue = new WaitingLine()
  readonly #untilEmpty = new WaitingLine()

  /**
   * @param limit how many may run at a time
   * @throws {OptionError} unless it is a whole number, 1 or more
   */
  constructor(limit: number) {
    checkCount('limit', limit)
    this.#limit = limit
  }

  /** Runs the work as soon as there is room. @throws what the work throws, or the signal's reason */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    // The one that makes room counts the next as running, so that none slips in between.
    if (this.#running >= this.#limit) await this.#queue.wait(signal)
    else this.#running += 1
    try {
      return await work()
    } finally {
      this.#running -= 1
      this.#startNext()
    }
  }

  /** Waits until no request waits for room; some may still run. @throws the signal's reason */
  async queueEmpty(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    while (this.#queue.size > 0) await this.#untilEmpty.wait(signal)
  }

  /** Allows half as many at a time from now on, but never fewer than two. */
  halveLimit(): void {
    this.#limit = Math.max(2, Math.floor(this.#limit / 2))
  }

  #startNext(): void {
    if (this.#running < this.#limit && this.#queue.release()) this.#running += 1
    if (this.#queue.size === 0) this.#untilEmpty.releaseAll()
  }
}
