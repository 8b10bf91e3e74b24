import type { Writable } from 'node:stream'
import { errorText } from '../telemetry/error-text.js'
import { jsonLine } from '../telemetry/log-line.js'
import type { LogFields } from '../telemetry/index.js'
import { print } from './print.js'

/** Whether a command line asks for a log in JSON. It is asked before anything else reads the command line. */
export function asksForJson(args: readonly string[]): boolean {
  return args.some(
    (arg, i) => arg === '--log.format=json' || (arg === '--log.format' && args[i + 1] === 'json'),
  )
}

/** Writes one line of a log in JSON. */
export function writeJson(
  stream: Writable,
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: LogFields = {},
): void {
  stream.write(`${jsonLine({ time: new Date(), level, message, fields })}\n`)
}

/** Says what is wrong with a command line: as text for people, or as a line of a log in JSON. */
export function complain(stderr: Writable, isJson: boolean, reason: string): void {
  const message = 'Error parsing command line arguments'
  if (isJson) writeJson(stderr, 'error', message, { err: reason })
  else print(stderr, `${message}: ${reason}`)
}

/** What {@link faultsAsJson} touches of a process. */
export type FaultyProcess = Pick<NodeJS.Process, 'on' | 'removeAllListeners' | 'exit'>

/**
 * Writes Node's warnings, and the error that ends the process, as lines of a log in JSON, in place of Node's own texts.
 * The process ends with 1 at such an error, as Node ends it.
 */
export function faultsAsJson(process: FaultyProcess, stderr: Writable): void {
  // Node prints warnings in a listener of its own.
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    const { name } = warning
    const { code } = warning as { readonly code?: unknown }
    writeJson(stderr, 'warn', 'Warning of Node', { name, code, err: warning.message })
  })
  process.on('uncaughtException', (error: unknown) => {
    const stack = error instanceof Error ? error.stack : undefined
    writeJson(stderr, 'error', 'Fatal error', { err: errorText(error), stack })
    process.exit(1)
  })
}
