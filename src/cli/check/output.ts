import type { Writable } from 'node:stream'

/** Where a check says what it found, line by line. */
export interface Output {
  /** Progress and success. */
  out(line: string): void
  /** What is wrong. */
  err(line: string): void
}

/** An output on two streams. */
export function outputOn(stdout: Writable, stderr: Writable): Output {
  return {
    out: (line) => stdout.write(`${line}\n`),
    err: (line) => stderr.write(`${line}\n`),
  }
}
