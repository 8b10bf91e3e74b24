import { WaitingLine } from './waiting-line.js'

/**
 * Lets a few requests run at a time, in the order in which they came. Thousands of short requests
 * go faster over a few connections that stay open than over one new connection each.
 */
export class Lanes {
  #width: number
  #running = 0
  readonly #queue = new WaitingLine()
  readonly #idlers = new WaitingLine()

  constructor(width: number) {
    this.#width = width
  }

  /** Runs the work on the next free lane. @throws what the work throws, or the signal's reason */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    // Who makes room counts the next one as running, so that nobody slips in between.
    if (this.#running >= this.#width) await this.#queue.wait(signal)
    else this.#running += 1
    try {
      return await work()
    } finally {
      this.#running -= 1
      this.#goOn()
    }
  }

  /** Waits until nobody queues for a lane. @throws the signal's reason */
  async quiet(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    while (this.#queue.size > 0) await this.#idlers.wait(signal)
  }

  /** Lets fewer run at a time from now on: half as many, but never fewer than two. */
  narrow(): void {
    this.#width = Math.max(2, Math.floor(this.#width / 2))
  }

  #goOn(): void {
    if (this.#running < this.#width && this.#queue.release()) this.#running += 1
    if (this.#queue.size === 0) this.#idlers.releaseAll()
  }
}
