import { reasonOf } from './sleep.js'

interface Waiter {
  readonly go: () => void
}

/**
 * Lets a few requests run at a time, in the order in which they came. Thousands of short requests
 * go faster over a few connections that stay open than over one new connection each.
 */
export class Lanes {
  #free: number
  readonly #queue = new Set<Waiter>()
  readonly #idlers = new Set<Waiter>()

  constructor(width: number) {
    this.#free = width
  }

  /** Runs the work on the next free lane. @throws what the work throws, or the signal's reason */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    if (this.#free > 0) this.#free -= 1
    else await waitIn(this.#queue, signal)
    try {
      return await work()
    } finally {
      this.#release()
    }
  }

  /** Waits until nobody queues for a lane. @throws the signal's reason */
  async quiet(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    while (this.#queue.size > 0) await waitIn(this.#idlers, signal)
  }

  #release(): void {
    const [next] = this.#queue
    if (next === undefined) this.#free += 1
    else {
      this.#queue.delete(next)
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
