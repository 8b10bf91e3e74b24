import { isUtf8 } from 'node:buffer'
import type { Span } from '../kit/json-elements.js'
import { hasOddCharacter } from '../../yaml/index.js'

/** A YAML file that cannot be read piece by piece: it must be read as a whole. */
export class NotInPiecesError extends Error {
  override readonly name = 'NotInPiecesError'
  readonly code = 'ERR_DISCOVERY_FILE_PIECES'
}

const newline = 0x0a
const dash = 0x2d

/**
 * Finds the elements of a YAML list that is written in the common way: each begins with `- ` at the
 * start of a line, and every other line is indented, empty or a comment. An element cut out so
 * means the same on its own, or else (an alias to another element, an open quote) it cannot be parsed,
 * which is found when it is.
 * @param after where to go on: the end of an element, where the next one begins
 * @throws {NotInPiecesError} when the file is written in any other way
 */
export function* yamlElements(bytes: Buffer, after = 0): Generator<Span, void, undefined> {
  let start = -1
  let markers = after > 0 ? 1 : 0
  for (let line = after; line < bytes.length; line = nextLine(bytes, line)) {
    const kind = lineKind(bytes, line)
    const isBefore = start < 0 && kind !== 'item'
    if (kind === 'other' || (isBefore && (kind === 'indented' || isOdd(bytes, line)))) {
      throw new NotInPiecesError('not a plain list')
    }
    if (kind === 'marker') markers += 1
    if (markers > 1 || (kind === 'marker' && start >= 0)) {
      throw new NotInPiecesError('more than one document')
    }
    if (kind === 'item') {
      if (start >= 0) yield { start, end: line }
      start = line
    }
  }
  if (start >= 0) yield { start, end: bytes.length }
}

type LineKind = 'item' | 'indented' | 'empty' | 'marker' | 'other'

function lineKind(bytes: Buffer, at: number): LineKind {
  const first = bytes[at]
  // `#`
  if (first === 0x23 || first === newline || first === 0x0d) return 'empty'
  if (first === 0x20) return isBlank(bytes, at) ? 'empty' : 'indented'
  if (first !== dash) return 'other'
  const second = bytes[at + 1]
  if (second === 0x20 || second === newline || second === undefined) return 'item'
  return /^---\s*$/.test(lineAt(bytes, at)) ? 'marker' : 'other'
}

function isBlank(bytes: Buffer, start: number): boolean {
  let at = start
  while (bytes[at] === 0x20) at += 1
  return at >= bytes.length || bytes[at] === newline || bytes[at] === 0x0d || bytes[at] === 0x23
}

/** Whether a line before the elements has to be looked at by a parser. */
function isOdd(bytes: Buffer, line: number): boolean {
  return (
    !isUtf8(bytes.subarray(line, nextLine(bytes, line))) || hasOddCharacter(lineAt(bytes, line))
  )
}

function lineAt(bytes: Buffer, at: number): string {
  return bytes.toString('utf8', at, nextLine(bytes, at))
}

function nextLine(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(newline, at)
  return end < 0 ? bytes.length : end + 1
}
