/** The places for requests that wait for a change, and for streams: they are counted apart from all others. */
export class HeldPlaces {
  readonly #max: number
  #taken = 0

  constructor(max: number) {
    this.#max = max
  }

  /** How many are taken. */
  get taken(): number {
    return this.#taken
  }

  /** @returns whether there was one */
  take(): boolean {
    if (this.#taken >= this.#max) return false
    this.#taken += 1
    return true
  }

  giveBack(): void {
    this.#taken -= 1
  }
}
