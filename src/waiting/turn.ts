/** Cuts long work into turns of the event loop, so that the process stays able to answer. */
export class Turn {
  readonly #budgetMs: number
  readonly #now: () => number
  #begun: number

  /** @param budgetMs how long the event loop may be held at a time; milliseconds */
  constructor(budgetMs = 10, now: () => number = () => performance.now()) {
    this.#budgetMs = budgetMs
    this.#now = now
    this.#begun = now()
  }

  /** The turn is used up: call {@link next}. */
  get isOver(): boolean {
    return this.#now() - this.#begun >= this.#budgetMs
  }

  /** Lets everybody else have their turn. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
    this.#begun = this.#now()
  }
}
