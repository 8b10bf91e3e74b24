import type { Writable } from 'node:stream'
import { visibleLine } from '../../go/visible.js'
import { print } from '../print.js'

/** Where a check says what it found, line by line. */
export interface Output {
  /** Progress and success. */
  out(line: string): void
  /** What is wrong; it may have several lines. */
  err(text: string): void
}

/** An output on two streams. */
export function outputOn(stdout: Writable, stderr: Writable): Output {
  return {
    out: (line) => print(stdout, visibleLine(line)),
    err: (text) => print(stderr, text),
  }
}
