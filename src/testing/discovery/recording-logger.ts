import type { LogFields, Logger } from '../../telemetry/index.js'

/** A log line that a test looks at. */
export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  /** Those of the child loggers it went through included. */
  readonly fields: LogFields
}

/**
 * Makes a logger that remembers its lines and prints none.
 * @param lines takes them, in their order
 */
export function recordingLogger(lines: LoggedLine[], own: LogFields = {}): Logger {
  const at =
    (level: LoggedLine['level']) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields: { ...own, ...fields } })
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => recordingLogger(lines, { ...own, ...fields }),
  }
}
