/** Those who wait, each once, in the order in which they came; adding and removing take the same time for any number. */
export class HolderQueue<T> {
  #order: T[] = []
  /** Where in the order each of them stands; what stands there without an entry has left. */
  #places = new Map<T, number>()
  #head = 0

  add(holder: T): void {
    if (this.#places.has(holder)) return
    this.#places.set(holder, this.#order.push(holder) - 1)
    if (this.#order.length > 2 * this.#places.size + 16) this.#compact()
  }

  delete(holder: T): void {
    this.#places.delete(holder)
  }

  /** Takes the first; undefined when there are none. */
  shift(): T | undefined {
    while (this.#head < this.#order.length) {
      const at = this.#head
      const holder = this.#order[at]
      this.#head += 1
      if (holder === undefined || this.#places.get(holder) !== at) continue
      this.#places.delete(holder)
      return holder
    }
    this.#compact()
    return undefined
  }

  #compact(): void {
    this.#order = [...this.#places.keys()]
    this.#places = new Map(this.#order.map((holder, at) => [holder, at]))
    this.#head = 0
  }
}
