/**
 * Makes a function that says whether a text has a word in it, whatever the case of letters.
 * @param word not empty
 */
export function containing(word: string): (text: string) => boolean {
  // Most words that are looked for are addresses, and have no letters that could be of another case.
  if (word.toLowerCase() === word.toUpperCase()) return (text) => text.includes(word)
  const pattern = new RegExp(word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), 'i')
  return (text) => pattern.test(text)
}

/**
 * Looks for a word in the values of many label sets, one after the other. A label has mostly the same value in
 * many sets that follow each other (`env`, `job`): it is looked at only where it differs from the one before.
 */
export class ValueScan {
  readonly #test: (text: string) => boolean
  /** A value with fewer characters is passed over. */
  readonly #least: number
  /** By the place of the label in its set: the last value that was looked at and has not got the word. */
  readonly #ofLabels: string[] = []
  readonly #ofValues: string[] = []

  /** @param word what `test` looks for */
  constructor(word: string, test: (text: string) => boolean) {
    this.#test = test
    // A character of another case may be longer, but for a few that are not looked for this way (`ß`).
    this.#least = word.length
  }

  /** Whether one of the values has the word. */
  ofLabels(labels: Readonly<Record<string, string>>): boolean {
    const seen = this.#ofLabels
    const least = this.#least
    let slot = 0
    for (const name in labels) {
      const value = labels[name] ?? ''
      if (value.length >= least && value !== seen[slot]) {
        if (this.#test(value)) return true
        seen[slot] = value
      }
      slot += 1
    }
    return false
  }

  /** The same for the values of labels whose names are elsewhere. */
  ofValues(values: readonly string[]): boolean {
    const seen = this.#ofValues
    const least = this.#least
    for (let slot = 0; slot < values.length; slot += 1) {
      const value = values[slot] ?? ''
      if (value.length < least || value === seen[slot]) continue
      if (this.#test(value)) return true
      seen[slot] = value
    }
    return false
  }
}
