import { suggestionOf } from './issue.js'

/**
 * The known word that was probably meant by an unknown one; undefined when none is near.
 * Near: at most a third of the letters differ.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.floor(word.length / 3) + 1
  const rows = new Rows()
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= least) continue
    const distance = editDistance(word, candidate, rows)
    if (distance < least) [best, least] = [candidate, distance]
  }
  return best
}

/** What is added to the refusal of an unknown word; undefined when none is near. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  const near = nearest(word, known)
  return near === undefined ? undefined : suggestionOf(near)
}

/** Three rows of a table of distances, used again for each word: a file may have thousands of mistakes. */
class Rows {
  before: number[] = []
  previous: number[] = []
  current: number[] = []

  turn(): void {
    const { before, previous, current } = this
    this.before = previous
    this.previous = current
    this.current = before
  }
}

/** Damerau-Levenshtein: a swap of neighbours counts once, as it does for a typing hand. */
function editDistance(a: string, b: string, rows: Rows): number {
  for (let j = 0; j <= b.length; j += 1) rows.previous[j] = j
  for (let i = 1; i <= a.length; i += 1) {
    const { before, previous, current } = rows
    current[0] = i
    let left = i
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1
      let least = Math.min(at(previous, j) + 1, left + 1, at(previous, j - 1) + cost)
      const isSwap =
        i > 1 &&
        j > 1 &&
        a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
      if (isSwap) least = Math.min(least, at(before, j - 2) + 1)
      current[j] = least
      left = least
    }
    rows.turn()
  }
  return at(rows.previous, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
