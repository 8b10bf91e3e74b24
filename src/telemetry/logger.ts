/** What a log line carries beside its message; values are printed as logfmt or JSON. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * The four methods every part logs through. Embedders bring their own; the CLI brings winston's.
 * An error goes in as the field `err`.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger
}

/** A logger that says nothing: the default of every embeddable part. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
}
