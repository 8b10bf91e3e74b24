import type { Writable } from 'node:stream'
import type { SignalSource } from '../run/index.js'
import type { Logger } from '../telemetry/index.js'

/** What the program touches of the process it runs in; tests bring their own. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>
  /** For what a person or a script asked for. */
  readonly stdout: Writable
  /** For logs and complaints. */
  readonly stderr: Writable
  /** How many of the chunks for `stderr` could not be written. */
  lostLogLines(): number
  readonly signals: SignalSource
  /** The daemon is ready: all that it needs is loaded. */
  ready(): void
  /** Ends the process at once. */
  exit(code: number): void
  /** Ends the process soon, though something is still open; the log says what. */
  exitSoon(code: number, logger: Logger): void
}
