import { errorText } from './error-text.js'

/** What a line can hold as it is; everything else was turned into text or JSON on the way. */
export type Printable = string | number | boolean | null

/** A value of a log field as text or a plain scalar. Never throws, whatever the value does. */
export function printable(value: unknown): Printable {
  try {
    return print(value)
  } catch {
    // A getter or a toJSON of the value threw; the line still has to be written.
    return '!unprintable'
  }
}

function print(value: unknown): Printable {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint' || typeof value === 'symbol') return value.toString()
  if (typeof value !== 'object') return '!function'
  if (value instanceof Error) return errorText(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid' : value.toISOString()
  if (value instanceof URL) return withoutPassword(value)
  return json(value)
}

/** An object as JSON. `toJSON` is honoured, which is what keeps secrets secret. */
function json(value: object): string {
  const open: unknown[] = []
  const text = JSON.stringify(value, function (this: unknown, _key: string, inner: unknown) {
    if (typeof inner === 'bigint') return String(inner)
    if (inner instanceof Error) return errorText(inner)
    if (inner instanceof Map) return [...inner]
    if (inner instanceof Set) return [...inner]
    if (typeof inner !== 'object' || inner === null) return inner
    // `this` is the object that holds `inner`: what is above it is no longer open.
    while (open.length > 0 && open.at(-1) !== this) open.pop()
    if (open.includes(inner)) return '!circular'
    open.push(inner)
    return inner
  })
  return text === undefined ? '!unprintable' : unwrapped(text)
}

/** What printed itself as one text needs no second pair of quotes. */
function unwrapped(text: string): string {
  return text.startsWith('"') ? String(JSON.parse(text)) : text
}

function withoutPassword(url: URL): string {
  if (url.password === '') return url.href
  const copy = new URL(url.href)
  copy.password = 'xxxxx'
  return copy.href
}
