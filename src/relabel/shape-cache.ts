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
  readonly #entries: Map<string, Entry<T>> = new Map()
  #last: Entry<T> | undefined

  constructor(make: (names: readonly string[]) => T) {
    this.#make = make
  }

  /** @param size how many names the value has by now, for those that grow */
  of(names: readonly string[], size: (value: T) => number): T {
    const last = this.#last
    if (last !== undefined && same(last.names, names) && fresh(last, size)) return last.value
    const key = names.join('\0')
    let entry = this.#entries.get(key)
    // Names may have the separator in them: the list itself decides.
    if (entry === undefined || !same(entry.names, names) || !fresh(entry, size)) {
      entry = { names, value: this.#make(names) }
      if (this.#entries.size >= maxEntries) this.#entries.clear()
      this.#entries.set(key, entry)
    }
    this.#last = entry
    return entry.value
  }
}

function same(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false
  return true
}

function fresh<T>(entry: Entry<T>, size: (value: T) => number): boolean {
  return size(entry.value) <= entry.names.length + maxGrowth
}
