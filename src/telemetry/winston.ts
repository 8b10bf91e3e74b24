import type { Writable } from 'node:stream'
import winston from 'winston'
import { type LogEntry, jsonLine, logfmtLine } from './log-line.js'
import type { LogFields, Logger } from './logger.js'

/** The levels, the least severe first. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const

export type LogLevel = (typeof logLevels)[number]

/** Where {@link createLogger} writes, from which level on, and in which format. */
export interface LoggerOptions {
  /** Lines below this level are left out. */
  readonly level: LogLevel
  readonly format: 'logfmt' | 'json'
  /** Where lines go; its `error` events are for the code that opened it. */
  readonly stream: Writable
  /** The time of a line. */
  readonly now?: () => Date
}

/**
 * Prometheus' log lines, written by winston: one line each, `time= level= msg=` and then the fields,
 * or the same keys as JSON. Errors show their causes, secrets print as `<secret>`, and a field's length
 * is bounded.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { level, stream, now = () => new Date() } = options
  const backend = winston.createLogger({
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    level,
    format: lineFormat(options.format === 'json' ? jsonLine : logfmtLine),
    transports: [new winston.transports.Stream({ stream, eol: '\n' })],
  })
  return loggerOver({ backend, least: logLevels.indexOf(level), now }, {})
}

/** winston keeps the finished line under this symbol. */
const finishedLine = Symbol.for('message')

function lineFormat(toLine: (entry: LogEntry) => string): winston.Logform.Format {
  return winston.format((info) => {
    info[finishedLine] = toLine((info as unknown as Line).entry)
    return info
  })()
}

/** The entry travels as one property: winston gives meaning of its own to fields called `message` or `level`. */
interface Line extends winston.LogEntry {
  readonly entry: LogEntry
}

interface Shared {
  readonly backend: winston.Logger
  /** The place in {@link logLevels} of the least severe level that is written. */
  readonly least: number
  readonly now: () => Date
}

function loggerOver(shared: Shared, always: LogFields): Logger {
  const say = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    // Asked here, since winston takes microseconds to find out that a level is off.
    if (logLevels.indexOf(level) < shared.least) return
    const entry: LogEntry = { time: shared.now(), level, message, fields: { ...always, ...fields } }
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
