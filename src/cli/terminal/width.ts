const ascii = /^[ -~]*$/

/** Marks that are drawn over the character before them. */
const none = /^[\p{Mn}\p{Me}]$/u

/**
 * What takes two columns: East Asian wide and full-width characters (Unicode's UAX #11), and emoji that
 * are drawn as pictures.
 */
const wide =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18AFF}\u{1B000}-\u{1B2FF}\u{1F200}-\u{1F265}\u{20000}-\u{3FFFD}\p{Emoji_Presentation}]$/u

/** How many columns of a terminal a character takes. */
function columnsOf(character: string): 0 | 1 | 2 {
  if (none.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

/** How many columns of a terminal a text takes. The text is in one line, without control characters. */
export function widthOf(text: string): number {
  if (ascii.test(text)) return text.length
  let columns = 0
  for (const character of text) columns += columnsOf(character)
  return columns
}

/**
 * A text that takes no more than this many columns: where it is longer it ends with an ellipsis.
 * @param columns 1 at least
 */
export function clipTo(text: string, columns: number): string {
  // No character takes less than none, and most take one: only what may be too long is counted.
  if (text.length <= columns && widthOf(text) <= columns) return text
  if (columns === Infinity || widthOf(text) <= columns) return text
  let kept = ''
  let left = columns - 1
  for (const character of text) {
    left -= columnsOf(character)
    if (left < 0) break
    kept += character
  }
  return `${kept}…`
}
