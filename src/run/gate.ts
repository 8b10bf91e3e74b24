/**
 * A latch between actors: the actor that is waited for opens it once, and those that wait go on.
 *
 * Make one, hand it to the actor that opens it (`ready: loaded`), and name it where another actor is
 * added (`after: loaded`). It never closes again, and it knows nothing of groups.
 */
export class Gate {
  /** Says what is waited for, in reports. */
  readonly name: string
  readonly #listeners: Set<() => void> = new Set()
  #isOpen = false

  constructor(name: string) {
    this.name = name
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Resolves when the gate opens; never rejects. */
  get opened(): Promise<void> {
    return new Promise((resolve) => {
      this.onOpen(resolve)
    })
  }

  /**
   * Lets all that wait go on. Opening an open gate changes nothing.
   * @throws what a listener threw, which it must not, once all others have been called
   */
  open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    const thrown: unknown[] = []
    for (const listener of listeners) {
      try {
        listener()
      } catch (error) {
        thrown.push(error)
      }
    }
    for (const error of thrown) throw error
  }

  /**
   * Calls back when the gate opens, at once if it is open already. The listener must not throw.
   * @returns what takes the listener away again
   */
  onOpen(listener: () => void): () => void {
    if (this.#isOpen) {
      listener()
      return () => {}
    }
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }
}
