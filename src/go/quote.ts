/**
 * Quotes a text for logfmt exactly when Go's slog text handler does: empty texts, and those with a
 * space, `=`, a quote, a backslash, a control or an unprintable character.
 */
export function quoteIfNeeded(text: string): string {
  return text === '' || unsafe.test(text) ? goQuote(text) : text
}

// Not printable in Go's sense: everything but letters, marks, numbers, punctuation and symbols.
const unsafe = /[ ="\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S}]|\uFFFD/u

/** The text as a Go string literal in double quotes (`strconv.Quote`): always one line. */
export function goQuote(text: string): string {
  if (plain.test(text)) return `"${text}"`
  return `"${text.replace(escapable, escapeCharacter)}"`
}

// Most texts; the expression for all others takes V8 tens of milliseconds to compile.
const plain = /^[ !#-[\]-~]*$/
const escapable = /["\\]|[^ \p{L}\p{M}\p{N}\p{P}\p{S}]/gu

const named: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
])

/** A character as it is written in a Go string literal. */
export function escapeCharacter(character: string): string {
  const known = named.get(character)
  if (known !== undefined) return known
  const code = character.codePointAt(0) ?? 0
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`
  // A byte that is not UTF-8, as the YAML reader keeps it.
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`
  return code < 0x10000
    ? `\\u${code.toString(16).padStart(4, '0')}`
    : `\\U${code.toString(16).padStart(8, '0')}`
}
