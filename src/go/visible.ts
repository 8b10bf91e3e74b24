import { escapeCharacter } from './quote.js'

const hidden = /[^ \p{L}\p{M}\p{N}\p{P}\p{S}]/gu
const hiddenButBreaks = /[^ \n\t\p{L}\p{M}\p{N}\p{P}\p{S}]/gu
const plain = /^[ -~]*$/

/**
 * A text in one line, with what a terminal would obey or hide as Go's escapes: control characters, line
 * breaks, marks that change the direction of writing. `strconv.Quote` without the quotes, and backslashes
 * and quotes stay as they are.
 */
export function visibleLine(text: string): string {
  return plain.test(text) ? text : text.replace(hidden, escapeCharacter)
}

/** The same for a text of several lines: its line breaks and tabs stay. */
export function visibleLines(text: string): string {
  return text.replace(hiddenButBreaks, escapeCharacter)
}
