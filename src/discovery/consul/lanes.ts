import { reasonOf } from './sleep.js'

interface Waiter {
  readonly go: () => void
}

/**
 * Lets a few requests run at a time, in the order in which they came. Thousands of short requests
 * go faster over a few connections that stay open than over one new connection each.
 */
export class Lanes {
  #width: number
  #running = 0
  readonly #queue = new Set<Waiter>()
  readonly #idlers = new Set<Waiter>()

  constructor(width: number) {
    this.#width = width
  }

  /** Runs the work on the next free lane. @throws what the work throws, or the signal's reason */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    // Who makes room counts the next one as running, so that nobody slips in between.
    if (this.#running >= this.#width) await waitIn(this.#queue, signal)
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
    while (this.#queue.size > 0) await waitIn(this.#idlers, signal)
  }

  /** Lets fewer run at a time from now on: half as many, but never fewer than two. */
  narrow(): void {
    this.#width = Math.max(2, Math.floor(this.#width / 2))
  }

  #goOn(): void {
    const [next] = this.#queue
    if (next !== undefined && this.#running < this.#width) {
      this.#queue.delete(next)
      this.#running += 1
      next.go()
    }
    if (this.#queue.size > 0) return
    const idlers = [...this.#idlers]
    this.#idlers.clear()
    for (const idler of idlers) idler.go()
  }
}

function waitIn(waiters: Set<Waiter>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      waiters.delete(waiter)
      reject(reasonOf(signal))
    }
    const waiter = {
      go: () => {
        signal.removeEventListener('abort', stop)
        resolve()
      },
    }
    waiters.add(waiter)
    signal.addEventListener('abort', stop, { once: true })
  })
}
