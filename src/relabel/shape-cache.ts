// More kinds of targets than this come only from names that are different on every target.
const maxEntries = 2048
// A shape that has grown this far past its own names is made anew.
const maxGrowth = 256

interface Entry<T> {
  readonly names: readonly string[]
  readonly value: T
}

/**
 * What was made for each list of names. Targets mostly come in runs of one kind, so the last list
 * is tried first.
 */
export class ShapeCache<T> {
  readonly #make: (names: readonly string[]) => T
  readonly #growth: (value: T) => number
  readonly #entries: Map<string, Entry<T>> = new Map()
  #last: Entry<T> | undefined

  /** @param growth how many names the value has got since it was made, where it grows */
  constructor(make: (names: readonly string[]) => T, growth: (value: T) => number = () => 0) {
    this.#make = make
    this.#growth = growth
  }

  of(names: readonly string[]): T {
    const last = this.#last
    if (last !== undefined && same(last.names, names) && this.#isFresh(last)) return last.value
    const key = names.join('\0')
    let entry = this.#entries.get(key)
    // Names may have the separator in them: the list itself decides.
    if (entry === undefined || !same(entry.names, names) || !this.#isFresh(entry)) {
      entry = { names, value: this.#make(names) }
      if (this.#entries.size >= maxEntries) this.#entries.clear()
      this.#entries.set(key, entry)
    }
    this.#last = entry
    return entry.value
  }

  #isFresh(entry: Entry<T>): boolean {
    return this.#growth(entry.value) <= maxGrowth
  }
}

function same(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false
  return true
}
