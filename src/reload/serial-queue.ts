/** Runs tasks one at a time, in the order given. */
export class SerialQueue {
  #tail: Promise<void> = Promise.resolve()

  /** Runs the task when all before it are over; settles as it does. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task)
    this.#tail = result.then(nothing, nothing)
    return result
  }

  /** Resolves when everything given so far is over. */
  get idle(): Promise<void> {
    return this.#tail
  }
}

function nothing(): void {}
