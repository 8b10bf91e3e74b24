import type { Buffer } from 'node:buffer'

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

/** Where the text goes on behind a string that begins at `at`; the end of the bytes if it never ends. */
function afterString(bytes: Buffer, at: number): number {
  let end = bytes.indexOf(quote, at + 1)
  while (end > 0) {
    let slashes = 0
    while (bytes[end - 1 - slashes] === backslash) slashes += 1
    if (slashes % 2 === 0) return end + 1
    end = bytes.indexOf(quote, end + 1)
  }
  return bytes.length
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/**
 * Cuts a JSON list into its elements without parsing them, one at a time, so that the caller can rest
 * in between.
 * @returns false at the end when the bytes are not a list; what is in the elements is not looked at
 */
export function* elementsOf(bytes: Buffer): Generator<Buffer, boolean> {
  let at = 0
  while (isSpace(bytes[at])) at += 1
  if (bytes[at] !== openBracket) return false
  let start = (at += 1)
  let depth = 1
  let pieces = 0
  for (; at < bytes.length && depth > 0; at += 1) {
    const byte = bytes[at]
    if (byte === quote) at = afterString(bytes, at) - 1
    else if (byte === openBrace || byte === openBracket) depth += 1
    else if (byte === closeBrace || byte === closeBracket) depth -= 1
    if ((byte === comma && depth === 1) || depth === 0) {
      const piece = bytes.subarray(start, at)
      // A list may be empty, but nothing may be missing between two commas: JSON.parse will say so.
      const isEmptyList = depth === 0 && pieces === 0 && piece.every((each) => isSpace(each))
      if (!isEmptyList) yield piece
      pieces += 1
      start = at + 1
    }
  }
  if (depth !== 0 || bytes[at - 1] !== closeBracket) return false
  while (isSpace(bytes[at])) at += 1
  return at === bytes.length
}
