/**
 * Counts hashes of 64 bits in a table of numbers: a map of a million texts would take a hundred times the memory.
 * Two texts have the same hash once in many millions of millions of pairs.
 */
export class HashCounts {
  readonly #mask: number
  readonly #low: Uint32Array
  readonly #high: Uint32Array
  readonly #counts: Uint32Array

  /** @param most how many different hashes there may be */
  constructor(most: number) {
    let room = 16
    while (room < most * 2) room *= 2
    this.#mask = room - 1
    this.#low = new Uint32Array(room)
    this.#high = new Uint32Array(room)
    this.#counts = new Uint32Array(room)
  }

  add({ low, high }: Hash): void {
    const at = this.#find(low, high)
    this.#low[at] = low
    this.#high[at] = high
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
  }

  /** How often a hash was added. */
  count({ low, high }: Hash): number {
    return this.#counts[this.#find(low, high)] ?? 0
  }

  #find(low: number, high: number): number {
    let at = low & this.#mask
    while (this.#counts[at] !== 0 && (this.#low[at] !== low || this.#high[at] !== high)) {
      at = (at + 1) & this.#mask
    }
    return at
  }
}

/** A hash of texts one after the other: two of FNV-1a with different beginnings. */
export class Hash {
  low = 0
  high = 0

  begin(): void {
    this.low = 0x811c9dc5
    this.high = 0x2f0b4c47
  }

  /** Adds a text, and a mark that it ends. */
  add(text: string): void {
    let { low, high } = this
    for (let i = 0; i < text.length; i += 1) {
      const unit = text.charCodeAt(i)
      low = Math.imul(low ^ unit, 0x01000193)
      high = Math.imul(high ^ (unit + i), 0x0100016f)
    }
    this.low = Math.imul(low ^ 0x10000, 0x01000193) >>> 0
    this.high = Math.imul(high ^ 0x10000 ^ text.length, 0x0100016f) >>> 0
  }
}
