import { innerLines } from './inner-lines.js'

/** A text with spaces added, and the way back to the places in the text without them. */
export interface IndentedText {
  readonly text: string
  /** The offset in the original text of an offset in this one. */
  original(offset: number): number
}

/**
 * Indents every line that begins inside brackets or a quoted text, where spaces at the beginning mean
 * nothing, further than anything else.
 */
export function indentInnerLines(text: string): IndentedText {
  const lines = innerLines(text)
  const width = deepest(text) + 1
  const padding = ' '.repeat(width)
  const pieces: string[] = []
  let from = 0
  for (const start of lines) {
    pieces.push(text.slice(from, start), padding)
    from = start
  }
  pieces.push(text.slice(from))
  return {
    text: pieces.join(''),
    original: (offset) => {
      let before = 0
      let high = lines.length
      while (before < high) {
        const middle = (before + high) >> 1
        // The line's padding stands where the line began, moved by the paddings before it.
        if ((lines[middle] ?? 0) + middle * width < offset) before = middle + 1
        else high = middle
      }
      const last = lines[before - 1] ?? 0
      return Math.max(offset - before * width, last)
    },
  }
}

function deepest(text: string): number {
  let most = 0
  for (const [spaces] of text.matchAll(/^[ \t]+/gm)) most = Math.max(most, spaces.length)
  return most
}
