import type { Labels } from '../labels/index.js'
import type { Shape } from './shape.js'

// More kinds of targets than this come only from names that are different on every target.
const maxEntries = 2048
// A shape that has grown this far past its own names is replaced by a new one.
const maxGrowth = 32

/** What is made for one kind of label set: a shape, and an array for the values of one at a time. */
export interface Shaped {
  readonly shape: Shape
  /** A value for each slot of the shape; the first ones are those of the label set, in its order. */
  readonly slots: string[]
}

interface Entry<T> {
  readonly names: readonly string[]
  readonly value: T
}

/**
 * What was made for each kind of label set, by the names it has in their order. Label sets mostly
 * come in runs of one kind, so the last one is tried first.
 */
export class ShapeCache<T extends Shaped> {
  readonly #make: (names: readonly string[]) => T
  readonly #entries: Map<string, Entry<T>> = new Map()
  #last: Entry<T> | undefined

  constructor(make: (names: readonly string[]) => T) {
    this.#make = make
  }

  /** What belongs to a label set, with the values of the set in the first of its slots. */
  load(labels: Labels): T {
    const last = this.#last
    if (last !== undefined && loadSame(labels, last.names, last.value.slots)) return last.value
    const { value } = this.#find(Object.keys(labels))
    let slot = 0
    for (const one of Object.values(labels)) value.slots[slot++] = one
    return value
  }

  #find(names: readonly string[]): Entry<T> {
    const key = names.join('\0')
    let entry = this.#entries.get(key)
    // Names may have the separator in them: the list itself decides.
    if (entry === undefined || !same(entry.names, names) || entry.value.shape.growth > maxGrowth) {
      entry = { names, value: this.#make(names) }
      if (this.#entries.size >= maxEntries) this.#entries.clear()
      this.#entries.set(key, entry)
    }
    this.#last = entry.value.shape.growth > maxGrowth ? undefined : entry
    return entry
  }
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
