import type { Writable } from 'node:stream'
import { visibleLines } from '../go/visible.js'

/**
 * Prints lines for people. All that the program says goes through here, but for log lines, which have
 * escapes of their own: what others wrote into a file or an answer must not steer the terminal.
 */
export function print(stream: Writable, text: string): void {
  stream.write(`${visibleLines(text)}\n`)
}
