import { InvalidGroupsError } from '../../discovery/groups/check-groups.js'

/** Where one element of a list stands in a text: bytes, the end excluded. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** An element of a JSON list. */
export interface JsonSpan extends Span {
  /** What it makes: two for each list and object in it, one for each further member of these. */
  readonly weight: number
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/**
 * Finds the elements of a JSON list without parsing them: only brackets and texts matter for where
 * one ends. The parser of an element finds what is wrong inside it.
 * @param after the end of the element to go on behind; left out: from the beginning
 * @throws {InvalidGroupsError} when the file is no list
 */
export function* jsonElements(bytes: Buffer, after?: number): Generator<JsonSpan, void, undefined> {
  let at = after === undefined ? enter(bytes) : afterElement(bytes, after)
  while (at >= 0) {
    const span = spanOf(bytes, at)
    yield span
    at = afterElement(bytes, span.end)
  }
}

/** What a whole JSON text makes, right or wrong, in the weight of {@link JsonSpan}. */
export function weightOfJson(bytes: Buffer): number {
  try {
    return spanOf(bytes, skipSpace(bytes, 0)).weight
  } catch {
    // Who parses it finds what is wrong.
    return 0
  }
}

/** The position of the first element; negative when there is none. */
function enter(bytes: Buffer): number {
  const at = skipSpace(bytes, 0)
  if (bytes.toString('latin1', at, at + 4) === 'null') return finish(bytes, at + 4)
  if (at >= bytes.length) throw ended()
  if (bytes[at] !== openBracket) {
    throw new InvalidGroupsError('the top level must be a list of groups')
  }
  const first = skipSpace(bytes, at + 1)
  return bytes[first] === closeBracket ? finish(bytes, first + 1) : first
}

/** The position of the next element; negative when the list is over. */
function afterElement(bytes: Buffer, end: number): number {
  const at = skipSpace(bytes, end)
  if (bytes[at] === closeBracket) return finish(bytes, at + 1)
  if (bytes[at] !== comma) throw at >= bytes.length ? ended() : unexpected(bytes, at)
  return skipSpace(bytes, at + 1)
}

function finish(bytes: Buffer, end: number): -1 {
  const at = skipSpace(bytes, end)
  if (at < bytes.length) throw unexpected(bytes, at)
  return -1
}

/**
 * The value that begins at a place, up to its last bracket or quote, or to what ends it.
 * @throws {InvalidGroupsError} when the text ends before
 */
export function spanOf(bytes: Buffer, start: number): JsonSpan {
  const span = wholeSpanOf(bytes, start)
  if (span === undefined) throw ended()
  return span
}

/** The same; undefined when the text ends before. */
export function wholeSpanOf(bytes: Buffer, start: number): JsonSpan | undefined {
  let depth = 0
  let weight = 1
  let at = start
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte === quote) {
      at = endOfText(bytes, at)
      if (depth === 0 && at <= bytes.length) return { start, end: at, weight }
      continue
    }
    if (byte === openBrace || byte === openBracket) {
      depth += 1
      weight += 2
    } else if (byte === closeBrace || byte === closeBracket) {
      // A bracket that closes nothing belongs to what is around; so does a comma.
      if (depth === 0) return { start, end: at, weight }
      depth -= 1
      if (depth === 0) return { start, end: at + 1, weight }
    } else if (byte === comma) {
      if (depth === 0) return { start, end: at, weight }
      weight += 1
    } else if (depth === 0 && isSpace(byte)) return { start, end: at, weight }
    at += 1
  }
  return undefined
}

/** The position behind the closing quote; beyond the end of the bytes when there is none. */
function endOfText(bytes: Buffer, start: number): number {
  let at = start + 1
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte === quote) return at + 1
    at += byte === backslash ? 2 : 1
  }
  return Infinity
}

/** The position of what comes next behind white space. */
export function skipSpace(bytes: Buffer, start: number): number {
  let at = start
  while (isSpace(bytes[at])) at += 1
  return at
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function ended(): InvalidGroupsError {
  return new InvalidGroupsError('unexpected end of JSON input')
}

function unexpected(bytes: Buffer, at: number): InvalidGroupsError {
  const found = JSON.stringify(bytes.toString('utf8', at, at + 1))
  return new InvalidGroupsError(`invalid character ${found} at ${placeOf(bytes, at)}`)
}

/** `line 3, column 5` */
export function placeOf(bytes: Buffer, at: number): string {
  let line = 1
  let start = 0
  for (let next = bytes.indexOf(0x0a); next >= 0 && next < at; next = bytes.indexOf(0x0a, start)) {
    line += 1
    start = next + 1
  }
  return `line ${String(line)}, column ${String(at - start + 1)}`
}
