import { countBelow } from '../../go/sort-search.js'
import type { Place } from '../issue.js'

/** A text with a name: turns offsets into lines and columns. */
export class Source {
  readonly file: string
  readonly text: string
  #lineStarts: readonly number[] | undefined

  constructor(file: string, text: string) {
    this.file = file
    this.text = text
  }

  /** The place of an offset; line and column count from 1. */
  place(offset: number, path: string): Place {
    const starts = (this.#lineStarts ??= lineStarts(this.text))
    const line = countBelow(starts, offset + 1)
    return { file: this.file, line, column: offset - (starts[line - 1] ?? 0) + 1, path }
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}
