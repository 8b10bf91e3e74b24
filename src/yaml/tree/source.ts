import { countBelow } from '../../go/sort-search.js'
import type { Place } from '../issue.js'

/** A text with a name: turns offsets into lines and columns. */
export class Source {
  readonly file: string
  readonly text: string
  /** Where lines start, as far as places were asked for. */
  readonly #lineStarts = [0]

  constructor(file: string, text: string) {
    this.file = file
    this.text = text
  }

  /** The place of an offset; line and column count from 1. */
  place(offset: number, path: string): Place {
    const starts = this.#lineStarts
    for (let last = starts.at(-1) ?? 0; last <= offset; last = starts.at(-1) ?? 0) {
      const end = this.text.indexOf('\n', last)
      starts.push(end < 0 ? Number.POSITIVE_INFINITY : end + 1)
    }
    const line = countBelow(starts, offset + 1)
    return { file: this.file, line, column: offset - (starts[line - 1] ?? 0) + 1, path }
  }
}
