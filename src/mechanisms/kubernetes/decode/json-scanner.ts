import type { Buffer } from 'node:buffer'
import { AnswerError } from '../../kit/errors.js'
import { HeldBytes, mostBytesOfOne, tooLong } from './held-bytes.js'

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** What one object may make before muster's part is picked, in members of lists and objects. */
const mostMembers = 1 << 20

/** What was found: a member of the object, or an element of the list in it. */
export type Found =
  | { readonly kind: 'element'; readonly text: string }
  | { readonly kind: 'member'; readonly name: string; readonly text: string }

/** What may come next. */
type Place =
  | 'start'
  | 'name-or-end'
  | 'name'
  | 'colon'
  | 'value'
  | 'comma-or-end'
  | 'element-or-end'
  | 'element'
  | 'element-comma-or-end'
  | 'over'

/**
 * Takes a JSON object apart while it comes, by brackets and quotes alone: its members, and those of one list in
 * it element by element. Who parses them finds what is wrong inside.
 */
export class JsonScanner {
  readonly #list: string
  readonly #held = new HeldBytes()
  #place: Place = 'start'
  #name = ''
  /** Where the search for the end of a value stands, behind `at`. */
  #searched = 0
  #depth = 0
  #isInText = false
  #members = 0

  /** @param list the name of the list */
  constructor(list: string) {
    this.#list = list
  }

  /** Whether the object has ended, with nothing but white space behind it. */
  get isOver(): boolean {
    return this.#place === 'over'
  }

  push(piece: Buffer): void {
    this.#held.push(piece)
  }

  /** The next that is there as a whole. @throws {AnswerError} for what is not such an object */
  next(): Found | undefined {
    const held = this.#held
    for (;;) {
      // Only between values: inside of one it would be part of it, or is found by the search again.
      if (this.#searched === 0) this.#skipSpace()
      if (held.at === held.end) return undefined
      const byte = held.bytes[held.at]
      switch (this.#place) {
        case 'start':
          this.#expect(byte === openBrace, 'name-or-end')
          break
        case 'name-or-end':
        case 'name': {
          if (byte === closeBrace && this.#place === 'name-or-end') {
            this.#expect(true, 'over')
            break
          }
          if (byte !== quote) throw outOfPlace()
          const name = this.#value()
          if (name === undefined) return undefined
          this.#name = name.slice(1, -1)
          this.#place = 'colon'
          break
        }
        case 'colon':
          this.#expect(byte === colon, 'value')
          break
        case 'value': {
          if (byte === openBracket && this.#name === this.#list) {
            this.#expect(true, 'element-or-end')
            break
          }
          const text = this.#value()
          if (text === undefined) return undefined
          this.#place = 'comma-or-end'
          return { kind: 'member', name: this.#name, text }
        }
        case 'comma-or-end':
          if (byte === comma) this.#expect(true, 'name')
          else this.#expect(byte === closeBrace, 'over')
          break
        case 'element-or-end':
          if (byte === closeBracket) this.#expect(true, 'comma-or-end')
          else this.#place = 'element'
          break
        case 'element': {
          const text = this.#value()
          if (text === undefined) return undefined
          this.#place = 'element-comma-or-end'
          return { kind: 'element', text }
        }
        case 'element-comma-or-end':
          if (byte === comma) this.#expect(true, 'element')
          else this.#expect(byte === closeBracket, 'comma-or-end')
          break
        case 'over':
          throw outOfPlace()
      }
    }
  }

  #expect(isThere: boolean, place: Place): void {
    if (!isThere) throw outOfPlace()
    this.#held.at += 1
    this.#place = place
  }

  /** Takes the value that begins here; undefined as long as it has not come as a whole. */
  #value(): string | undefined {
    const held = this.#held
    const end = this.#endOfValue()
    if (end === undefined) {
      if (held.end - held.at > mostBytesOfOne) throw tooLong()
      return undefined
    }
    if (end === held.at) throw outOfPlace()
    const text = held.bytes.toString('utf8', held.at, end)
    held.at = end
    this.#searched = 0
    this.#depth = 0
    this.#members = 0
    return text
  }

  #endOfValue(): number | undefined {
    const { bytes, at: start, end } = this.#held
    let at = start + this.#searched
    while (at < end) {
      if (this.#isInText) {
        const closing = endOfText(bytes, at, end)
        if (closing === undefined) {
          this.#searched = lastPair(bytes, at, end) - start
          return undefined
        }
        this.#isInText = false
        at = closing
        if (this.#depth === 0) return at
        continue
      }
      const byte = bytes[at]
      if (byte === quote) this.#isInText = true
      else if (byte === openBrace || byte === openBracket) {
        this.#depth += 1
        this.#count()
      } else if (byte === closeBrace || byte === closeBracket) {
        if (this.#depth === 0) return at
        this.#depth -= 1
        if (this.#depth === 0) return at + 1
      } else if (byte === comma) {
        if (this.#depth === 0) return at
        this.#count()
      } else if (this.#depth === 0 && isSpace(byte)) return at
      at += 1
    }
    this.#searched = at - start
    return undefined
  }

  #count(): void {
    this.#members += 1
    if (this.#members > mostMembers) throw tooLong()
  }

  #skipSpace(): void {
    const held = this.#held
    while (held.at < held.end && isSpace(held.bytes[held.at])) held.at += 1
  }
}

/** The position behind the closing quote. */
function endOfText(bytes: Buffer, start: number, end: number): number | undefined {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]
    if (byte === quote) return at + 1
    if (byte === backslash) at += 1
  }
  return undefined
}

/** The end, or before it the backslash whose other half has not come. */
function lastPair(bytes: Buffer, start: number, end: number): number {
  let backslashes = 0
  while (end - backslashes > start && bytes[end - 1 - backslashes] === backslash) backslashes += 1
  return backslashes % 2 === 0 ? end : end - 1
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function outOfPlace(): AnswerError {
  return new AnswerError('the answer is not a JSON object')
}
