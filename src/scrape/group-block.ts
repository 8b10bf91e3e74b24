import { cutParts, type Listed, type ListPart } from './list-part.js'

/**
 * Some groups of a pool that are listed one after the other. A change of one of them costs the lists
 * this block, and nothing of the others.
 */
export class GroupBlock<Slot extends Listed> {
  readonly #slots: Set<Slot> = new Set()
  #parts: readonly ListPart[] | undefined
  #targets = 0

  get slots(): ReadonlySet<Slot> {
    return this.#slots
  }

  /** How many targets its groups have, dropped ones included. */
  get targets(): number {
    return this.#targets
  }

  /** Its groups as parts of a list: the same objects until something changes. */
  cut(): readonly ListPart[] {
    this.#parts ??= cutParts(this.#slots)
    return this.#parts
  }

  add(slot: Slot): void {
    this.#slots.add(slot)
    this.changed(slot.size)
  }

  remove(slot: Slot): void {
    this.#slots.delete(slot)
    this.changed(-slot.size)
  }

  /** One of its groups shows something else. @param more how many more targets it has */
  changed(more = 0): void {
    this.#targets += more
    this.#parts = undefined
  }
}
