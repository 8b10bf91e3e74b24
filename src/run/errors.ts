import { formatReport, type StopReport } from './report.js'

/** It was used in a way that cannot work: a name twice, a second run, an unknown `stopAfter`, a NaN. */
export class GroupUsageError extends Error {
  override readonly name = 'GroupUsageError'
  readonly code = 'ERR_RUN_USAGE'
}

/** Something an actor did wrong after the group had begun to stop. `cause` is what it threw. */
export class ActorError extends Error {
  override readonly name = 'ActorError'
  readonly code = 'ERR_RUN_ACTOR'
  readonly actor: string
  /**
   * Where it came from. `listener` is one of the group's own functions: `onEvent`, `onLateError`, `now`
   * or `activeResources`. `report` is the `blockers` of an actor that has actors inside.
   */
  readonly phase: 'execute' | 'interrupt' | 'listener' | 'report'

  constructor(actor: string, phase: ActorError['phase'], cause: unknown) {
    super(`actor "${actor}" failed in ${phase}: ${messageOf(cause)}`, { cause })
    this.actor = actor
    this.phase = phase
  }
}

/** A stop deadline passed, and the group ended without the actors of the report. */
export class OverdueError extends Error {
  override readonly name = 'OverdueError'
  readonly code = 'ERR_RUN_OVERDUE'
  /** The actors that were given up, as they stood then. */
  readonly report: StopReport

  /** @param options `cause` is the error that ended the group, where there was one */
  constructor(report: StopReport, options?: ErrorOptions) {
    super(`stop deadline passed: ${formatReport(report)}`, options)
    this.report = report
  }
}

/** A group ended with more than one error, or with one that came after a good end. */
export class GroupError extends AggregateError {
  override readonly name = 'GroupError'
  readonly code = 'ERR_RUN_GROUP'

  /** @param errors the one that ended the group comes first, where there was one */
  constructor(group: string, errors: readonly unknown[]) {
    super(errors, `group "${group}" ended with: ${errors.map(messageOf).join('; ')}`)
  }
}

/** Supervision gave up: the actor failed too often. `cause` is its last error. */
export class GaveUpError extends Error {
  override readonly name = 'GaveUpError'
  readonly code = 'ERR_RUN_GAVE_UP'
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
