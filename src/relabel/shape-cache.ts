import type { Labels } from '../labels/index.js'
import type { CacheBudget } from './cache-budget.js'
import { LabelSizeError, maxLabelCharacters } from './label-size.js'
import type { Shape } from './shape.js'

// More kinds of targets than this come only from names that are different on every target.
const maxEntries = 2048
// A shape that has grown this far past its own names is replaced by a new one.
const maxGrowth = 32
const maxGrownCharacters = 4096

/** What is made for one kind of label set: a shape, and an array for the values of one at a time. */
export interface Shaped {
  readonly shape: Shape
  /** A value for each slot of the shape; the first ones are those of the label set, in its order. */
  readonly slots: string[]
  /** Lets go of the values of the label set that was loaded last. */
  release(): void
}

interface Entry<T> {
  readonly base: number
  readonly key: string
  readonly names: readonly string[]
  readonly value: T
}

/**
 * What was made for each kind of label set, by the names it has in their order. Label sets mostly
 * come in runs of one kind, so the last one is tried first.
 */
export class ShapeCache<T extends Shaped> {
  readonly #make: (names: readonly string[], base: number) => T
  readonly #budget: CacheBudget
  readonly #entries: Map<string, Entry<T>> = new Map()
  #round: number
  #last: Entry<T> | undefined

  /**
   * @param make is given the names, and how many of them are the base
   * @param budget of all caches that are made for the same rules
   */
  constructor(make: (names: readonly string[], base: number) => T, budget: CacheBudget) {
    this.#make = make
    this.#budget = budget
    this.#round = budget.round
  }

  /**
   * What belongs to a label set, with the values of the set in the first of its slots.
   * @param base sets with the same names, and another number here, are of another kind
   * @throws {LabelSizeError} for one whose names are too long: values are not looked at, which would cost
   * more than many a rule
   */
  load(labels: Labels, base: number = 0): T {
    const last = this.#last
    if (last !== undefined && last.base === base && !isOvergrown(last.value.shape)) {
      if (loadSame(labels, last.names, last.value.slots)) return last.value
    }
    const { value } = this.#find(Object.keys(labels), base)
    let slot = 0
    for (const one of Object.values(labels)) value.slots[slot++] = one
    return value
  }

  /** Lets go of the values of the label set that was loaded last. */
  release(): void {
    const last = this.#last
    if (last === undefined) return
    last.value.release()
    if (isOvergrown(last.value.shape)) this.#entries.delete(last.key)
    this.#last = undefined
  }

  #find(names: readonly string[], base: number): Entry<T> {
    this.release()
    if (this.#round !== this.#budget.round) this.#empty()
    let length = 0
    for (const name of names) length += name.length
    if (length > maxLabelCharacters) throw new LabelSizeError()
    const key = `${String(base)}\0${names.join('\0')}`
    let entry = this.#entries.get(key)
    // Names may have the separator in them: the list itself decides.
    if (entry === undefined || entry.base !== base || !same(entry.names, names)) {
      entry = { key, base, names, value: this.#make(names, base) }
      entry.value.shape.settle()
      this.#budget.spend(entry.value.shape.names)
      if (this.#entries.size >= maxEntries || this.#round !== this.#budget.round) this.#empty()
      this.#entries.set(key, entry)
    }
    this.#last = entry
    return entry
  }

  #empty(): void {
    this.#round = this.#budget.round
    this.#entries.clear()
  }
}

function isOvergrown(shape: Shape): boolean {
  return shape.growth > maxGrowth || shape.grownCharacters > maxGrownCharacters
}

/** Puts the values in place if these are the names; twice as fast as asking for keys and values. */
function loadSame(labels: Labels, names: readonly string[], slots: string[]): boolean {
  let slot = 0
  for (const name in labels) {
    if (names[slot] !== name) return false
    slots[slot] = labels[name] ?? ''
    slot += 1
  }
  return slot === names.length
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i])
}
