/** What a name costs beside its characters: a slot, an entry of a map, a place in an order; in characters. */
const nameOverhead = 64

/** About 32 MB; two thousand kinds of targets with thirty labels each stay below. */
const defaultLimit = 8 << 20

/**
 * What the caches of one set of rules may hold together, in characters: their keys come from outside, and
 * a cache of a cache multiplies. When it is used up a new round begins: a cache that notices lets go of all
 * it has, and fills again with what is in use.
 */
export class CacheBudget {
  readonly #limit: number
  #used = 0
  #round = 0

  constructor(limit: number = defaultLimit) {
    this.#limit = limit
  }

  /** Another number once the caches have to be emptied. */
  get round(): number {
    return this.#round
  }

  /** Counts an entry that is held by these names. */
  spend(names: readonly string[]): void {
    let weight = nameOverhead
    for (const name of names) weight += name.length + nameOverhead
    if (this.#used + weight > this.#limit) {
      this.#round += 1
      this.#used = 0
    }
    this.#used += weight
  }
}
