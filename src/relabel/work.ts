/**
 * How much work the rules may do for one label set before it is too much to be done in between; in steps of
 * a matcher, one for a character and a place of the expression where the match may be: about 30 ms at worst.
 */
export const maxWork: number = 2_000_000

/** The rules take more work for a label set than may be done at once. */
export class RelabelWorkError extends Error {
  override readonly name = 'RelabelWorkError'
  readonly code = 'ERR_RELABEL_WORK'

  /** @param what why, in place of the usual */
  constructor(what: string = 'the rules take too long for these labels') {
    super(what)
  }
}

/**
 * Counts the work of rules for one label set at a time, before it is done: what it would take at worst.
 * Work that was done before and is remembered costs nothing.
 */
export class Work {
  /** For one label set, in steps. It may be changed between two label sets. */
  limit: number
  #done = 0

  /** @param limit for one label set, in steps; left out: there is none */
  constructor(limit: number = Infinity) {
    this.limit = limit
  }

  get isLimited(): boolean {
    return this.limit !== Infinity
  }

  /** Steps for the label set so far. */
  get done(): number {
    return this.#done
  }

  /** Begins with another label set. */
  begin(): void {
    this.#done = 0
  }

  /** @throws {RelabelWorkError} when it is too much: it must not be done then */
  spend(steps: number): void {
    this.#done += steps
    if (this.#done > this.limit) throw new RelabelWorkError()
  }
}
