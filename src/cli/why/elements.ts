import { notMuster, parseAnswer } from './api.js'

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const openBrace = 0x7b
const closeBrace = 0x7d
const closeBracket = 0x5d

const path = '/targets'

/**
 * The elements of a list in an answer that have a text in them, parsed; the others are only passed
 * over, for there may be a million.
 * @param list the key of the list, whose elements are objects
 * @throws {AskError} where there is no such list, or half of one
 */
export function* elementsWith(body: Buffer, list: string, text: string): Generator {
  const needle = Buffer.from(JSON.stringify(text).slice(1, -1))
  let hit = body.indexOf(needle)
  for (const [start, end] of spans(body, list)) {
    if (hit >= 0 && hit < start) hit = body.indexOf(needle, start)
    if (hit < 0) return
    if (hit < end) yield parseAnswer(path, body.toString('utf8', start, end))
  }
}

/** How many elements a list has. */
export function countElements(body: Buffer, list: string): number {
  let count = 0
  for (const _ of spans(body, list)) count += 1
  return count
}

function* spans(body: Buffer, list: string): Generator<readonly [start: number, end: number]> {
  // A text cannot look like this: its quotes have a backslash before them.
  const mark = Buffer.from(`"${list}":[`)
  const found = body.indexOf(mark)
  // Go's empty list may be a null.
  if (found < 0 && body.includes(`"${list}":null`)) return
  if (found < 0) throw notMuster(path, `it has no list ${list}`)
  let at = found + mark.length
  while (body[at] === openBrace) {
    const end = endOfObject(body, at)
    yield [at, end]
    at = body[end] === comma ? end + 1 : end
  }
  if (body[at] !== closeBracket) throw notMuster(path, `the list ${list} breaks off`)
}

function endOfObject(body: Buffer, start: number): number {
  let depth = 0
  for (let at = start; at < body.length; at += 1) {
    const byte = body[at]
    if (byte === quote) at = endOfText(body, at)
    else if (byte === openBrace) depth += 1
    else if (byte === closeBrace) {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  throw notMuster(path, 'the list of targets breaks off')
}

/** The position of the closing quote. */
function endOfText(body: Buffer, start: number): number {
  let at = start + 1
  while (at < body.length && body[at] !== quote) at += body[at] === backslash ? 2 : 1
  return at
}
