/** One change to a text: some characters go, others come in their place. */
export interface Edit {
  readonly at: number
  readonly remove: number
  readonly insert: string
}

/** A text with changes, and the way back to the places in the text without them. */
export interface EditedText {
  readonly text: string
  /** The offset in the original text of an offset in this one. */
  original(offset: number): number
}

/** A text as it is. */
export function unedited(text: string): EditedText {
  return { text, original: (offset) => offset }
}

/**
 * Applies changes to the first part of a text, and leaves the rest out.
 * @param edits in the order of their places, none within another
 * @param end where the first part ends
 */
export function editText(text: string, edits: readonly Edit[], end: number): EditedText {
  if (edits.length === 0) return unedited(text.slice(0, end))
  const pieces: string[] = []
  // Where each piece of the new text begins, and where in the old one; inserted text has the place of its edit.
  const starts: number[] = []
  const origins: number[] = []
  let length = 0
  const add = (piece: string, origin: number): void => {
    if (piece === '') return
    starts.push(length)
    origins.push(origin)
    pieces.push(piece)
    length += piece.length
  }
  let from = 0
  for (const { at, remove, insert } of edits) {
    add(text.slice(from, at), from)
    add(insert, at)
    from = at + remove
  }
  add(text.slice(from, end), from)
  starts.push(length)
  origins.push(Math.max(from, end))
  return {
    text: pieces.join(''),
    original(offset) {
      let low = 0
      let high = starts.length
      while (low < high) {
        const middle = (low + high) >> 1
        if ((starts[middle] ?? 0) <= offset) low = middle + 1
        else high = middle
      }
      const piece = low - 1
      const next = origins[piece + 1] ?? end
      return Math.min(
        (origins[piece] ?? 0) + offset - (starts[piece] ?? 0),
        Math.max(next, origins[piece] ?? 0),
      )
    },
  }
}
