/**
 * In which order Prometheus goes through the labels of one target (`labels.Builder.Range`): those it began
 * with, then those that were set later, in the order in which that happened. A label that is changed keeps
 * its place; one that is removed and set again comes last. It matters to `labelmap` alone, where several
 * labels become one.
 */
export class LabelOrder {
  readonly #base: number
  readonly #late: number[] = []
  /** By slot: its place among the late ones, from 1; 0 for one that is not among them. */
  readonly #places: number[] = []

  /**
   * @param base how many of the first slots are the base of the builder: a label of the base comes late as
   *   soon as it is set to something, the same value included
   */
  constructor(base: number) {
    this.#base = base
  }

  /** The slots that were set later, in their order; below 0 where one was removed since. */
  get late(): readonly number[] {
    return this.#late
  }

  isLate(slot: number): boolean {
    return (this.#places[slot] ?? 0) > 0
  }

  /** Begins with another target. */
  reset(): void {
    if (this.#late.length === 0) return
    this.#places.fill(0)
    this.#late.length = 0
  }

  /** A label is set, or removed. */
  note(slot: number, wasSet: boolean, isSet: boolean): void {
    while (this.#places.length <= slot) this.#places.push(0)
    const place = this.#places[slot] ?? 0
    if (isSet) {
      if (!wasSet || (slot < this.#base && place === 0)) this.#places[slot] = this.#late.push(slot)
    } else if (place > 0) {
      this.#late[place - 1] = -1
      this.#places[slot] = 0
    }
  }
}

/** Labels turned out to be gone through in an order that was not kept so far: the target is begun again. */
export class OrderNeeded extends Error {}

/**
 * Does what may find that the order of labels is needed, and once more then.
 * @param work is told whether to keep the order from the beginning: the shape may be another one by now
 */
export function withOrder<T>(work: (isNeeded: boolean) => T): T {
  try {
    return work(false)
  } catch (error) {
    if (!(error instanceof OrderNeeded)) throw error
    return work(true)
  }
}
