/** Something that says when it is over. */
interface Answer {
  once(event: 'close', listener: () => void): unknown
}

/** Counts the answers that are being made, to know when a stopping server has nothing left to say. */
export class InFlight {
  #count = 0
  #whenNone: (() => void) | undefined

  add(answer: Answer): void {
    this.#count += 1
    answer.once('close', () => {
      this.#count -= 1
      if (this.#count === 0) this.#whenNone?.()
    })
  }

  /** Resolves once no answer is being made. */
  get none(): Promise<void> {
    if (this.#count === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#whenNone = resolve
    })
  }
}
