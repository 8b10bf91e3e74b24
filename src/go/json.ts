/** What makes keys of different case equal to Go's encoding/json: `labels`, `LABELS` and `labelſ` are one. */
export function foldKey(key: string): string {
  return key.toUpperCase().toLowerCase()
}

/** Go's encoding/json refuses a text with more lists and objects inside each other than this. */
const maxDepth = 10_000

/** A text has more lists and objects inside each other than Go reads. */
export class JsonDepthError extends Error {
  override readonly name = 'JsonDepthError'
  readonly code = 'ERR_JSON_DEPTH'

  constructor() {
    super('exceeded max depth')
  }
}

/** The first value of a JSON text, as far as it can be told without parsing it. */
export interface FirstJsonValue {
  readonly text: string
  /** How many keys all of its objects have together, repeated ones included. */
  readonly members: number
}

/**
 * The first value of a text, which is all that Go's json.Decoder reads of it: what is behind a list, an
 * object or a null does not matter. Everything else is given back as it is.
 * @throws {JsonDepthError} for a text that is nested too deeply, which costs a parser much
 */
export function firstJsonValue(text: string): FirstJsonValue {
  const start = text.search(/[^ \t\r\n]/)
  if (text.startsWith('null', start)) return { text: 'null', members: 0 }
  let depth = 0
  let members = 0
  if (text[start] !== '[' && text[start] !== '{') return { text, members }
  for (let at = start; at < text.length; at += 1) {
    switch (text[at]) {
      case '"':
        at = closingQuote(text, at)
        break
      case ':':
        members += 1
        break
      case '[':
      case '{':
        depth += 1
        if (depth > maxDepth) throw new JsonDepthError()
        break
      case ']':
      case '}':
        depth -= 1
        if (depth === 0) return { text: text.slice(start, at + 1), members }
        break
      case undefined:
    }
  }
  return { text, members }
}

/** How many keys the objects of a parsed JSON value have together: of those that repeat it has one. */
export function memberCount(value: unknown): number {
  let count = 0
  const left = [value]
  while (left.length > 0) {
    const next = left.pop()
    if (typeof next !== 'object' || next === null) continue
    const values: readonly unknown[] = Array.isArray(next) ? next : Object.values(next)
    if (!Array.isArray(next)) count += values.length
    for (const inner of values) if (typeof inner === 'object') left.push(inner)
  }
  return count
}

/**
 * Puts a number before every key, so that a parser keeps those that repeat: of `{"a":1,"a":2}` it makes
 * `{"0 a":1,"1 a":2}`. {@link withoutNumber} takes it off.
 * @param text JSON that can be parsed
 */
export function numberKeys(text: string): string {
  const parts: string[] = []
  let written = 0
  let key = 0
  let number = 0
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') {
      key = at + 1
      at = closingQuote(text, at)
    } else if (text[at] === ':') {
      parts.push(text.slice(written, key), `${String(number)} `)
      written = key
      number += 1
    }
  }
  parts.push(text.slice(written))
  return parts.join('')
}

/** A key without what {@link numberKeys} put before it. */
export function withoutNumber(key: string): string {
  return key.slice(key.indexOf(' ') + 1)
}

/** Where a string ends; the end of the text where it does not. @param start the opening quote */
function closingQuote(text: string, start: number): number {
  let at = start
  for (;;) {
    at = text.indexOf('"', at + 1)
    if (at < 0) return text.length
    let before = at
    while (text[before - 1] === '\\') before -= 1
    if ((at - before) % 2 === 0) return at
  }
}
