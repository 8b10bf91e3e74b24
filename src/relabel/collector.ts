import type { CacheBudget } from './cache-budget.js'
import type { Labels } from '../labels/index.js'
import { compareNames, LabelsBuilder, NameList } from './name-list.js'
import type { Shape } from './shape.js'

/** Names in order, and the values of one target beside them. */
export interface LabelValues {
  readonly list: NameList
  readonly values: readonly string[]
}

/** The labels that were collected of one target. */
export interface Collected extends LabelValues {
  /** How many characters names and values have together. */
  readonly characters: number
}

/** Labels of one kind: the same names have a value. */
interface LabelKind {
  readonly list: NameList
  /** Builds the label set from the slots themselves. */
  readonly builder: LabelsBuilder
}

// Slots in one word of the key: two words together still fit a number exactly.
const wordBits = 26
const maxKinds = 4096

/**
 * Collects the labels that have a value from the slots of a shape. Targets with the same label names
 * share one {@link NameList}.
 */
export class Collector {
  readonly #shape: Shape
  readonly #budget: CacheBudget
  readonly #wanted: (name: string) => boolean
  readonly #kinds: Map<number | string, LabelKind> = new Map()
  readonly #words: number[] = []
  readonly #picked: string[] = []
  #round: number
  #order: readonly number[] = []
  #size = -1
  #lastKey: number | string = -1
  #lastKind: LabelKind = kindOf([], [])

  /**
   * @param budget of all caches that are made for the same rules
   * @param wanted which names to take at all
   */
  constructor(shape: Shape, budget: CacheBudget, wanted: (name: string) => boolean = () => true) {
    this.#shape = shape
    this.#budget = budget
    this.#round = budget.round
    this.#wanted = wanted
  }

  /** The labels as names and values, and how long they are together. */
  collect(values: readonly string[]): Collected {
    if (this.#size !== this.#shape.size) this.#reorder()
    const order = this.#order
    const picked = this.#picked
    const words = this.#words
    let count = 0
    let characters = 0
    for (let start = 0, w = 0; start < order.length; start += wordBits, w += 1) {
      const end = Math.min(start + wordBits, order.length)
      let word = 0
      for (let i = start; i < end; i += 1) {
        const value = values[order[i] ?? 0]
        if (value === undefined || value === '') continue
        picked[count] = value
        count += 1
        characters += value.length
        word |= 1 << (i - start)
      }
      words[w] = word
    }
    const { list } = this.#kindOf(values)
    return { list, values: picked.slice(0, count), characters: list.length + characters }
  }

  /**
   * The labels as a label set. It looks at which slots have a value, not at the values: the memory of a
   * large set of targets is much slower to read than the rest of this is to do.
   */
  labels(values: readonly string[]): Labels {
    if (this.#size !== this.#shape.size) this.#reorder()
    const order = this.#order
    const words = this.#words
    for (let start = 0, w = 0; start < order.length; start += wordBits, w += 1) {
      const end = Math.min(start + wordBits, order.length)
      let word = 0
      for (let i = start; i < end; i += 1) {
        const value = values[order[i] ?? 0]
        if (value !== undefined && value !== '') word |= 1 << (i - start)
      }
      words[w] = word
    }
    return this.#kindOf(values).builder.build(values)
  }

  /** Lets go of the values that were collected last. */
  release(): void {
    this.#picked.fill('')
  }

  #kindOf(values: readonly string[]): LabelKind {
    const words = this.#words
    const key = words.length > 2 ? words.join() : (words[0] ?? 0) + (words[1] ?? 0) * 2 ** wordBits
    if (key === this.#lastKey) return this.#lastKind
    let kind = this.#kinds.get(key)
    if (kind === undefined) {
      const left = this.#order.filter((slot) => (values[slot] ?? '') !== '')
      const names = left.map((slot) => this.#shape.names[slot] ?? '')
      kind = kindOf(names, left)
      this.#budget.spend(names)
      if (this.#kinds.size >= maxKinds || this.#round !== this.#budget.round) {
        this.#round = this.#budget.round
        this.#kinds.clear()
      }
      this.#kinds.set(key, kind)
    }
    this.#lastKey = key
    this.#lastKind = kind
    return kind
  }

  /** The shape has grown: the order is another, and with it what the keys mean. */
  #reorder(): void {
    const { names } = this.#shape
    this.#size = names.length
    this.#order = names
      .map((name, slot) => ({ name, slot }))
      .filter(({ name }) => this.#wanted(name))
      .sort((a, b) => compareNames(a.name, b.name))
      .map(({ slot }) => slot)
    this.#words.length = Math.ceil(this.#order.length / wordBits)
    this.#kinds.clear()
    this.#lastKey = -1
  }
}

function kindOf(names: readonly string[], slots: readonly number[]): LabelKind {
  return { list: new NameList(names), builder: new LabelsBuilder(names, slots) }
}
