import type { Writable } from 'node:stream'
import { visibleLines } from '../go/visible.js'
import { visibleJson } from './terminal/document.js'
import { type Line, lineText } from './terminal/styled.js'
import type { Terminal } from './terminal/terminal.js'

/**
 * Prints lines for people. All that the program says goes through here, but for log lines, which have
 * escapes of their own: what others wrote into a file or an answer must not steer the terminal.
 */
export function print(stream: Writable, text: string): void {
  stream.write(`${visibleLines(text)}\n`)
}

/** Prints a JSON document that comes in pieces, with the characters escaped that steer a terminal. */
export function printJson(stream: Writable, pieces: Iterable<string>): void {
  for (const piece of pieces) stream.write(visibleJson(piece))
}

/** Prints a text of the program's own, tabs and all. */
export function printScript(stream: Writable, text: string): void {
  stream.write(text)
}

/** What a program writes around its lines to draw them in place. */
interface Drawing {
  readonly before?: string
  readonly lineEnd?: string
  readonly after?: string
}

/** Prints lines with styles, which show where the terminal has colours. What stands in them is escaped. */
export function printLines(
  { stream, hasColours }: Terminal,
  lines: readonly Line[],
  { before = '', lineEnd = '', after = '' }: Drawing = {},
): void {
  if (lines.length === 0) return
  const texts = lines.map((line) => `${lineText(line, hasColours)}${lineEnd}\n`)
  stream.write(`${before}${texts.join('')}${after}`)
}
