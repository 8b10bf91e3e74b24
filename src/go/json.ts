/** What makes keys of different case equal to Go's encoding/json: `labels`, `LABELS` and `labelſ` are one. */
export function foldKey(key: string): string {
  return key.toUpperCase().toLowerCase()
}

/**
 * The first value of a text, which is all that Go's json.Decoder reads of it: what is behind a list, an
 * object or a null does not matter. Everything else is given back as it is.
 */
export function firstJsonValue(text: string): string {
  const start = text.search(/[^ \t\r\n]/)
  if (text.startsWith('null', start)) return 'null'
  if (text[start] !== '[' && text[start] !== '{') return text
  const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]/gs
  let depth = 0
  token.lastIndex = start
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [mark] = found
    if (mark === '[' || mark === '{') depth += 1
    else if (mark === ']' || mark === '}') depth -= 1
    if (depth === 0) return text.slice(start, token.lastIndex)
  }
  return text
}
