import { LabelOrder } from './label-order.js'
import { compareNames } from './name-list.js'

/**
 * The label names of one kind of target, each with a slot: an index into an array of values. A target's
 * labels are then such an array, with an empty text where it has no such label; rules look up their
 * slots once and run on arrays. Shapes grow: a name that a rule writes gets the next slot.
 */
export class Shape {
  readonly #names: string[] = []
  readonly #slots: Map<string, number> = new Map()
  /** Where the parts of the names end of which each is in the order of names. */
  readonly #ends: number[] = []
  #order: LabelOrder | undefined
  #base = 0
  #settled = 0
  #grown = 0

  constructor(names: readonly string[]) {
    for (const name of names) this.ensure(name)
    this.settle()
  }

  /** How many names were added since it was settled. */
  get growth(): number {
    return this.#names.length - this.#settled
  }

  /** How many characters these names have. */
  get grownCharacters(): number {
    return this.#grown
  }

  /** What it has now is what all targets of its kind need: only names that come later are growth. */
  settle(): void {
    this.#settled = this.#names.length
    this.#grown = 0
  }

  get names(): readonly string[] {
    return this.#names
  }

  get size(): number {
    return this.#names.length
  }

  /** In which order labels were set; undefined where that makes no difference. */
  get order(): LabelOrder | undefined {
    return this.#order
  }

  /** @param base see {@link LabelOrder} */
  set base(base: number) {
    this.#base = base
  }

  /** Keeps the order of labels from the next target on. @returns whether it was not kept before */
  keepOrder(): boolean {
    if (this.#order !== undefined) return false
    this.#order = new LabelOrder(this.#base)
    return true
  }

  /** The names since the last end come from one source, which has them in no order: names decide there. */
  endSource(): void {
    this.#ends.push(this.#names.length)
  }

  /** Orders slots as their labels come before any rule: by source, in a source by name, then as they are. */
  compareSlots(a: number, b: number): number {
    if (a === b) return 0
    const [from, to] = [this.#sourceOf(a), this.#sourceOf(b)]
    if (from !== to) return from - to
    return from === this.#ends.length
      ? a - b
      : compareNames(this.#names[a] ?? '', this.#names[b] ?? '')
  }

  /** Sets the label of a slot, or removes it: an empty value is no label. */
  set(values: string[], slot: number, value: string): void {
    this.#order?.note(slot, (values[slot] ?? '') !== '', value !== '')
    values[slot] = value
  }

  #sourceOf(slot: number): number {
    let source = 0
    for (const end of this.#ends) if (slot >= end) source += 1
    return source
  }

  slotOf(name: string): number | undefined {
    return this.#slots.get(name)
  }

  /** The slot of a name, a new one if it has none. */
  ensure(name: string): number {
    const known = this.#slots.get(name)
    if (known !== undefined) return known
    const slot = this.#names.push(name) - 1
    this.#slots.set(name, slot)
    this.#grown += name.length
    return slot
  }

  /** Lengthens an array of values to all the slots there are. */
  extend(values: string[]): void {
    while (values.length < this.#names.length) values.push('')
  }
}
