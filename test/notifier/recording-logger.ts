import type { LogFields, Logger } from '../../src/telemetry/index.js'

/** A logger that keeps its lines: level, message, and the fields but those of `child`. */
export interface RecordingLogger extends Logger {
  readonly lines: readonly { level: string; message: string; fields: LogFields }[]
  /** The messages, with how many alerts they are about. */
  messages(): readonly string[]
}

export function recordingLogger(): RecordingLogger {
  const lines: { level: string; message: string; fields: LogFields }[] = []
  const log =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields })
    }
  const logger: RecordingLogger = {
    lines,
    messages: () =>
      lines.map(({ message, fields }) =>
        'count' in fields ? `${message} (${String(fields['count'])})` : message,
      ),
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: () => logger,
  }
  return logger
}
