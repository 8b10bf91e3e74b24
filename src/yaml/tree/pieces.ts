import { hasOddCharacter } from '../text.js'

/** A YAML text that cannot be read piece by piece: it has to be read as a whole. */
export class NotInPiecesError extends Error {
  override readonly name = 'NotInPiecesError'
  readonly code = 'ERR_YAML_PIECES'
}

/** A part of a text that means the same on its own. */
export interface Piece {
  /** Entries of the map that the document is; the key of a list whose items follow; or items of a list. */
  readonly kind: 'entries' | 'key' | 'items'
  readonly start: number
  readonly end: number
}

/** Items are read together up to this many characters. */
const most = 1 << 15

const keyOfList = /^[\w-]+:[ \t]*(?:#.*)?\r?$/

/**
 * Cuts a text that is written in the common way, a map or list at the start of the lines and everything else
 * indented, into its pieces: the entries of the map, and of an entry that is a list its items. A piece that is
 * cut out wrongly, inside of a quoted text or of brackets, cannot be parsed, which is found when it is.
 * @throws {NotInPiecesError} as soon as the text turns out to be written in any other way
 */
export function* piecesOf(text: string): Generator<Piece, void, undefined> {
  let kind: 'none' | 'entry' | 'key' | 'items' = 'none'
  let start = 0
  let column = 0
  let isMap = false
  for (let line = 0, next = 0; line < text.length; line = next) {
    next = text.indexOf('\n', line) + 1 || text.length
    const first = firstOf(text, line)
    const char = text[first] ?? ''
    if (kind === 'none' && hasOddCharacter(text.slice(line, next))) {
      throw new NotInPiecesError('unusual characters')
    }
    if (char === '' || char === '\n' || char === '\r' || char === '#') continue
    const isDash = char === '-' && isGap(text[first + 1])
    const indent = first - line
    if (kind === 'none' && indent === 0 && isOpening(text.slice(line, next))) continue
    if (char === '\t' || (indent === 0 && isMarker(text.slice(line, next)))) {
      throw new NotInPiecesError('more than plain lists and maps')
    }
    if (indent === 0 && !isDash) {
      if (kind === 'items' && !isMap) throw new NotInPiecesError('a key behind a list')
      if (kind !== 'none') yield { kind: kind === 'items' ? 'items' : 'entries', start, end: line }
      isMap = true
      kind = keyOfList.test(text.slice(line, next).trimEnd()) ? 'key' : 'entry'
      start = line
    } else if (kind === 'items') {
      if (indent < column || (indent === column && !isDash)) {
        throw new NotInPiecesError('a line beside the items of a list')
      }
      if (indent === column && line - start > most) {
        yield { kind: 'items', start, end: line }
        start = line
      }
    } else if (kind === 'key' && isDash) {
      yield { kind: 'key', start, end: line }
      kind = 'items'
      start = line
      column = indent
    } else if (kind === 'none' && isDash && indent === 0) {
      kind = 'items'
      start = line
      column = 0
    } else if (kind === 'none' || (isDash && indent === 0)) {
      throw new NotInPiecesError('a document that is indented')
    } else kind = 'entry'
  }
  if (kind !== 'none')
    yield { kind: kind === 'items' ? 'items' : 'entries', start, end: text.length }
}

function firstOf(text: string, line: number): number {
  let at = line
  while (text[at] === ' ') at += 1
  return at
}

function isGap(char: string | undefined): boolean {
  return char === undefined || char === ' ' || char === '\n' || char === '\r' || char === '\t'
}

/** The start of the document, before anything in it. */
function isOpening(line: string): boolean {
  return /^---[ \t]*(?:#.*)?\r?\n?$/.test(line)
}

/** Of a document's start or end, or of a directive; or a byte order mark. */
function isMarker(line: string): boolean {
  return /^(?:---|\.\.\.|%|\ufeff)/u.test(line)
}
