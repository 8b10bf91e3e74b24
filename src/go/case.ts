const ascii = /^[\0-\x7f]*$/

/** Lower case as Go's strings.ToLower: each code point by itself, no language, no context. */
export function toLower(text: string): string {
  if (ascii.test(text)) return text.toLowerCase()
  // JavaScript gives İ a second character; one character at a time, sigma never is final.
  return Array.from(text, (c) => (c === '\u0130' ? 'i' : c.toLowerCase())).join('')
}

/** Upper case as Go's strings.ToUpper: one character never becomes two (`ß` stays). */
export function toUpper(text: string): string {
  if (ascii.test(text)) return text.toUpperCase()
  return Array.from(text, upperOf).join('')
}

function upperOf(character: string): string {
  const upper = character.toUpperCase()
  if (Array.from(upper).length === 1) return upper
  return greek(character) ?? character
}

/** Greek letters with a iota below: the simple mapping is the title case, the full one two letters. */
function greek(character: string): string | undefined {
  const code = character.charCodeAt(0)
  if (code >= 0x1f80 && code <= 0x1faf) return String.fromCharCode(code | 8)
  if (code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3) return String.fromCharCode(code + 9)
  return undefined
}
