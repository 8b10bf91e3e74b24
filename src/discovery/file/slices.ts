/** Cuts long work into slices, so that the process stays able to answer in between. */
export class Slices {
  readonly #sliceMs: number
  readonly #now: () => number
  #begun: number

  /** @param sliceMs how long a slice may take; milliseconds */
  constructor(sliceMs = 12, now: () => number = () => performance.now()) {
    this.#sliceMs = sliceMs
    this.#now = now
    this.#begun = now()
  }

  /** The slice is used up: call {@link next}. */
  get isOver(): boolean {
    return this.#now() - this.#begun > this.#sliceMs
  }

  /** Lets everybody else have a turn. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
    this.#begun = this.#now()
  }
}
