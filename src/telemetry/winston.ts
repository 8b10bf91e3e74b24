import type { Writable } from 'node:stream'
import winston from 'winston'
import { type Entry, jsonLine, logfmtLine } from './line.js'
import type { LogFields, Logger } from './logger.js'

/** From the loudest to the quietest. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const

export type LogLevel = (typeof logLevels)[number]

export interface LoggerOptions {
  /** Lines below this level are left out. */
  readonly level: LogLevel
  readonly format: 'logfmt' | 'json'
  /** Where lines go; its `error` events belong to whoever opened it. */
  readonly stream: Writable
  /** The time of a line. */
  readonly now?: () => Date
}

/**
 * Prometheus' log lines, written by winston: one line each, `time= level= msg=` and then the fields,
 * or the same keys as JSON. Errors show their causes; what prints itself as a secret stays one; a
 * field's length is bounded.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { level, stream, now = () => new Date() } = options
  const backend = winston.createLogger({
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    level,
    format: lineFormat(options.format === 'json' ? jsonLine : logfmtLine),
    transports: [new winston.transports.Stream({ stream, eol: '\n' })],
  })
  return loggerOver({ backend, loudest: logLevels.indexOf(level), now }, {})
}

/** winston keeps the finished line under this symbol. */
const finishedLine = Symbol.for('message')

function lineFormat(toLine: (entry: Entry) => string): winston.Logform.Format {
  return winston.format((info) => {
    info[finishedLine] = toLine((info as unknown as Line).entry)
    return info
  })()
}

/** The entry travels as one property: winston gives meaning of its own to fields called `message` or `level`. */
interface Line extends winston.LogEntry {
  readonly entry: Entry
}

interface Shared {
  readonly backend: winston.Logger
  readonly loudest: number
  readonly now: () => Date
}

function loggerOver(shared: Shared, always: LogFields): Logger {
  const say = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    // Asked here, since winston takes microseconds to find out that a level is off.
    if (logLevels.indexOf(level) < shared.loudest) return
    const entry: Entry = { time: shared.now(), level, message, fields: { ...always, ...fields } }
    const line: Line = { level, message, entry }
    shared.backend.log(line)
  }
  return {
    debug: (message, fields) => say('debug', message, fields),
    info: (message, fields) => say('info', message, fields),
    warn: (message, fields) => say('warn', message, fields),
    error: (message, fields) => say('error', message, fields),
    child: (fields) => loggerOver(shared, { ...always, ...fields }),
  }
}
