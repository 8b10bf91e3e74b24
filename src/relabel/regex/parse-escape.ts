import { Untranslatable } from './ast.js'
import { digits, foldAscii, negate, type Ranges, spaces, words } from './code-point-ranges.js'
import type { Reader } from './reader.js'

const named: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['v', 11],
])
const perl: ReadonlyMap<string, Ranges> = new Map([
  ['d', digits],
  ['s', spaces],
  ['w', words],
])
const octal = /\\([0-7]{1,3})/y
const hex = /\\x(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2}))/y

/** `\d`, `\S` and the like, which are ASCII in RE2; undefined where none stands here. */
export function classEscape(reader: Reader, fold: boolean): Ranges | undefined {
  const letter = reader.peek(1)
  const found = reader.peek() === '\\' ? perl.get(letter.toLowerCase()) : undefined
  if (found === undefined) return undefined
  reader.skip(2)
  const ranges = fold ? (foldAscii(found) ?? found) : found
  return letter === letter.toLowerCase() ? ranges : negate(ranges)
}

/** The code point of an escaped character: `\n`, `\x{1F600}`, `\101`, `\.`. */
export function literalEscape(reader: Reader): number {
  const byOctal = reader.look(octal)
  if (byOctal !== undefined) {
    reader.skip(byOctal[0].length)
    return Number.parseInt(byOctal[1] ?? '', 8)
  }
  const byHex = reader.look(hex)
  if (byHex !== undefined) {
    reader.skip(byHex[0].length)
    return Number.parseInt(byHex[1] ?? byHex[2] ?? '', 16)
  }
  reader.skip(1)
  const letter = reader.peek()
  const code = named.get(letter)
  if (code === undefined && /[a-zA-Z0-9]/.test(letter)) throw new Untranslatable(`\\${letter}`)
  const own = reader.nextCode()
  return code ?? own
}
