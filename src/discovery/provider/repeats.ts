import { errorText } from '../../telemetry/error-text.js'
import { printable } from '../../telemetry/printable.js'
import type { LogFields, Logger } from '../../telemetry/index.js'

/** A failure that lasts is said again after this long; milliseconds. */
const sayAgainMs = 3_600_000

/** More different failures than this are all said: remembering them must not take much memory. */
const mostRemembered = 100

/** Failures that begin with this many equal characters are the same one. */
const mostCompared = 1000

/**
 * Says each failure once: a warning or an error with the same words and the same reason (`err`) as one before is a
 * debug line, until that is an hour ago or {@link forget} is called.
 */
export class Repeats {
  /** When a failure was last said. */
  readonly #said = new Map<string, number>()
  readonly #now: () => number

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  /** From now on every failure is a new one. */
  forget(): void {
    this.#said.clear()
  }

  /** A logger that leaves repetitions out of what it passes on. */
  over(logger: Logger): Logger {
    const pass = (level: 'warn' | 'error', message: string, fields: LogFields = {}): void => {
      logger[this.#isNew(message, fields) ? level : 'debug'](message, fields)
    }
    return {
      debug: (message, fields) => logger.debug(message, fields),
      info: (message, fields) => logger.info(message, fields),
      warn: (message, fields) => pass('warn', message, fields),
      error: (message, fields) => pass('error', message, fields),
      child: (fields) => this.over(logger.child(fields)),
    }
  }

  #isNew(message: string, fields: LogFields): boolean {
    if (fields['err'] === undefined) return true
    const { err, ...others } = fields
    const about = Object.entries(others).map(([key, value]) => `${key}=${String(printable(value))}`)
    const failure = [message, ...about, errorText(err)].join('\n').slice(0, mostCompared)
    const now = this.#now()
    const last = this.#said.get(failure)
    if (last !== undefined && now >= last && now - last < sayAgainMs) return false
    if (last !== undefined || this.#said.size < mostRemembered) this.#said.set(failure, now)
    return true
  }
}
