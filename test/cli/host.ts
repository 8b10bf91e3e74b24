import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { runProgram } from '../../src/cli/program.js'

export interface Run {
  readonly code: Promise<number>
  readonly signals: EventEmitter
  stdout(): string
  stderr(): string
}

/** A stream that says these things of itself, and what was written to it. */
function written(facts: object): { readonly stream: PassThrough; readonly text: () => string } {
  const chunks: string[] = []
  const made = new PassThrough().on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  return { stream: Object.assign(made, facts), text: () => chunks.join('') }
}

/** Runs the program in this process. @param terminal what its standard output says of itself */
export function run(
  args: readonly string[],
  terminal: object = {},
  env: Readonly<Record<string, string>> = {},
): Run {
  const [stdout, stderr] = [written(terminal), written({})]
  const signals = new EventEmitter()
  const code = runProgram(args, {
    env,
    stdout: stdout.stream,
    stderr: stderr.stream,
    lostLogLines: () => 0,
    ready: () => undefined,
    signals,
    exit: () => {},
    exitSoon: () => {},
  })
  return { code, signals, stdout: stdout.text, stderr: stderr.text }
}
