import { quoteIfNeeded } from '../go/quote.js'
import type { LogFields } from './logger.js'
import { printable } from './printable.js'

/** One log record. */
export interface LogEntry {
  readonly time: Date
  readonly level: string
  readonly message: string
  readonly fields: LogFields
}

/** The longest text a line carries in one field, in UTF-16 units. What is longer says how much is missing. */
export const maxFieldLength = 8192

/** The most fields one line carries. */
export const maxFields = 64

/** `time=2025-11-22T07:00:00.000Z level=INFO msg="..." key=value`, as Go's slog text handler. */
export function logfmtLine(entry: LogEntry): string {
  return attributesOf(entry)
    .map(([key, value]) => `${quoteIfNeeded(key)}=${quoteIfNeeded(String(value))}`)
    .join(' ')
}

/** The same keys as one JSON object. */
export function jsonLine(entry: LogEntry): string {
  const written = attributesOf(entry).map(
    ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
  )
  // Written by hand: an object would swallow a key named __proto__ and reorder numeric ones.
  const line = `{${written.join(',')}}`
  return printableAscii.test(line) ? line : line.replace(hidden, escapeUnits)
}

// As in logfmt: what a terminal obeys or hides. JSON itself leaves C1 codes and marks of direction as they are.
const hidden = /[^ \p{L}\p{M}\p{N}\p{P}\p{S}]/gu
const printableAscii = /^[ -~]*$/

/** A character as JSON escapes it. */
function escapeUnits(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}

/** One key and its value on a line; slog calls it an attribute too. */
type Attribute = readonly [key: string, value: string | number | boolean | null]

const own: ReadonlySet<string> = new Set(['time', 'level', 'msg'])

function attributesOf(entry: LogEntry): Attribute[] {
  const { time, level, message, fields } = entry
  const line: Attribute[] = [
    ['time', time.toISOString()],
    ['level', level.toUpperCase()],
    ['msg', bounded(message)],
  ]
  for (const [key, value] of Object.entries(fields).slice(0, maxFields)) {
    if (value === undefined) continue
    const text = printable(value)
    // A field cannot pass for the line's own time, level or message.
    line.push([
      own.has(key) ? `${key}_` : bounded(key),
      typeof text === 'string' ? bounded(text) : text,
    ])
  }
  return line
}

const loneSurrogate = /\p{Surrogate}/gu

function bounded(text: string): string {
  if (text.length <= maxFieldLength) return text.replace(loneSurrogate, '\uFFFD')
  const kept = text.slice(0, maxFieldLength).replace(loneSurrogate, '\uFFFD')
  return `${kept}… (${String(text.length - maxFieldLength)} more characters)`
}
