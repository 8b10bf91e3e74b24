import { Untranslatable } from './ast.js'
import { classEscape, literalEscape } from './parse-escape.js'
import { foldAscii, negate, normalize, posix, type Ranges } from './code-point-ranges.js'
import type { Reader } from './reader.js'

const posixClass = /\[:(\^?)([^:\]]*):\]/y

/** Reads `[...]`, the reader standing at the bracket. */
export function parseClass(reader: Reader, fold: boolean): Ranges {
  reader.skip(1)
  const negative = reader.take('^')
  const ranges: number[] = []
  let first = true
  while (first || reader.peek() !== ']') {
    if (reader.done) throw new Untranslatable('unclosed class')
    first = false
    ranges.push(...(posixItem(reader, fold) ?? classEscape(reader, fold) ?? span(reader, fold)))
  }
  reader.skip(1)
  return negative ? negate(ranges) : normalize(ranges)
}

function posixItem(reader: Reader, fold: boolean): Ranges | undefined {
  const found = reader.look(posixClass)
  if (found === undefined) return undefined
  const ranges = posix.get(found[2] ?? '')
  if (ranges === undefined) throw new Untranslatable('class name')
  reader.skip(found[0].length)
  const taken = fold ? (foldAscii(ranges) ?? ranges) : ranges
  return found[1] === '^' ? negate(taken) : taken
}

function span(reader: Reader, fold: boolean): Ranges {
  const low = character(reader)
  let high = low
  if (reader.peek() === '-' && reader.peek(1) !== ']' && reader.peek(1) !== '') {
    reader.skip(1)
    high = character(reader)
  }
  if (high < low) throw new Untranslatable('range')
  if (!fold) return [low, high]
  const ranges = foldAscii([low, high])
  if (ranges === undefined) throw new Untranslatable('case folding beyond ASCII')
  return ranges
}

function character(reader: Reader): number {
  return reader.peek() === '\\' ? literalEscape(reader) : reader.nextCode()
}
