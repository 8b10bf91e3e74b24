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
  readonly key: string
  readonly names: readonly string[]
  /** Characters of the names. */
  readonly length: number
  readonly value: T
}

/**
 * What was made for each kind of label set, by the names it has in their order. Label sets mostly
 * come in runs of one kind, so the last one is tried first.
 */
export class ShapeCache<T extends Shaped> {
  readonly #make: (names: readonly string[]) => T
  readonly #budget: CacheBudget
  readonly #entries: Map<string, Entry<T>> = new Map()
  #round: number
  #last: Entry<T> | undefined
  #loaded = 0

  /** @param budget of all caches that are made for the same rules */
  constructor(make: (names: readonly string[]) => T, budget: CacheBudget) {
    this.#make = make
    this.#budget = budget
    this.#round = budget.round
  }

  /** How many characters the label set that was loaded last has, names included. */
  get loadedCharacters(): number {
    return this.#loaded
  }

  /**
   * What belongs to a label set, with the values of the set in the first of its slots.
   * @throws {LabelSizeError} for one that is too large
   */
  load(labels: Labels): T {
    const last = this.#last
    if (last !== undefined && !isOvergrown(last.value.shape)) {
      const length = loadSame(labels, last.names, last.value.slots)
      if (length >= 0) {
        this.#count(length + last.length)
        return last.value
      }
    }
    const { value, length } = this.#find(Object.keys(labels))
    let characters = length
    let slot = 0
    for (const one of Object.values(labels)) {
      value.slots[slot++] = one
      characters += one.length
    }
    this.#count(characters)
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

  #count(characters: number): void {
    this.#loaded = characters
    if (characters <= maxLabelCharacters) return
    this.release()
    throw new LabelSizeError('the labels')
  }

  #find(names: readonly string[]): Entry<T> {
    this.release()
    if (this.#round !== this.#budget.round) this.#empty()
    let length = 0
    for (const name of names) length += name.length
    if (length > maxLabelCharacters) throw new LabelSizeError('the labels')
    const key = names.join('\0')
    let entry = this.#entries.get(key)
    // Names may have the separator in them: the list itself decides.
    if (entry === undefined || !same(entry.names, names)) {
      entry = { key, names, length, value: this.#make(names) }
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

/**
 * Puts the values in place if these are the names; twice as fast as asking for keys and values.
 * @returns how many characters the values have; negative for other names
 */
function loadSame(labels: Labels, names: readonly string[], slots: string[]): number {
  let slot = 0
  let characters = 0
  for (const name in labels) {
    if (names[slot] !== name) return -1
    const value = labels[name] ?? ''
    slots[slot] = value
    characters += value.length
    slot += 1
  }
  return slot === names.length ? characters : -1
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i])
}
