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

/** What was found out about the values of one label after the other. */
interface Seen {
  readonly values: string[]
  readonly hits: boolean[]
}

/**
 * Looks for a word in the values of many label sets, one after the other. A label has mostly the same value in
 * many sets that follow each other (`env`, `job`): it is looked at only where it differs from the one before.
 */
export class ValueScan {
  readonly #test: (text: string) => boolean
  readonly #own: Seen = { values: [], hits: [] }
  readonly #listed: Seen = { values: [], hits: [] }

  constructor(test: (text: string) => boolean) {
    this.#test = test
  }

  /** Whether one of the values has the word. */
  ofLabels(labels: Readonly<Record<string, string>>): boolean {
    const { values, hits } = this.#own
    let slot = 0
    for (const name in labels) {
      const value = labels[name] ?? ''
      if (value === values[slot]) {
        if (hits[slot] === true) return true
      } else {
        const hit = this.#test(value)
        values[slot] = value
        hits[slot] = hit
        if (hit) return true
      }
      slot += 1
    }
    return false
  }

  /** The same for the values of labels whose names are elsewhere. */
  ofValues(list: readonly string[]): boolean {
    const { values, hits } = this.#listed
    for (let slot = 0; slot < list.length; slot += 1) {
      const value = list[slot] ?? ''
      if (value === values[slot]) {
        if (hits[slot] === true) return true
        continue
      }
      const hit = this.#test(value)
      values[slot] = value
      hits[slot] = hit
      if (hit) return true
    }
    return false
  }
}
