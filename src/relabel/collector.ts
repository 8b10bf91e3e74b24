import type { CacheBudget } from './cache-budget.js'
import { compareNames, NameList } from './name-list.js'
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

// Slots in one word of the key: two words together still fit a number exactly.
const wordBits = 26
const maxLists = 4096

/**
 * Collects the labels that have a value from the slots of a shape. Targets with the same label names
 * share one {@link NameList}.
 */
export class Collector {
  readonly #shape: Shape
  readonly #budget: CacheBudget
  readonly #wanted: (name: string) => boolean
  readonly #lists: Map<number | string, NameList> = new Map()
  readonly #words: number[] = []
  readonly #picked: string[] = []
  #round: number
  #order: readonly number[] = []
  #size = -1
  #lastKey: number | string = -1
  #lastList: NameList = new NameList([])

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
    const list = this.#listOf(values)
    return { list, values: picked.slice(0, count), characters: list.length + characters }
  }

  /** Lets go of the values that were collected last. */
  release(): void {
    this.#picked.fill('')
  }

  #listOf(values: readonly string[]): NameList {
    const words = this.#words
    const key = words.length > 2 ? words.join() : (words[0] ?? 0) + (words[1] ?? 0) * 2 ** wordBits
    if (key === this.#lastKey) return this.#lastList
    let list = this.#lists.get(key)
    if (list === undefined) {
      const left = this.#order.filter((slot) => (values[slot] ?? '') !== '')
      list = new NameList(left.map((slot) => this.#shape.names[slot] ?? ''))
      this.#budget.spend(list.names)
      if (this.#lists.size >= maxLists || this.#round !== this.#budget.round) {
        this.#round = this.#budget.round
        this.#lists.clear()
      }
      this.#lists.set(key, list)
    }
    this.#lastKey = key
    this.#lastList = list
    return list
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
    this.#lists.clear()
    this.#lastKey = -1
  }
}
