import { asyncScheduler, type SchedulerLike } from 'rxjs'
import type { DiscovererContext, Finding, TargetGroup } from '../../src/discovery/index.js'
import { Turns } from '../../src/waiting/turns.js'
import type { LogFields, Logger } from '../../src/telemetry/index.js'

/** A log line that a test looks at. */
export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: LogFields
}

/** A discoverer's context that remembers what it is told. */
export interface RecordingContext extends DiscovererContext {
  readonly lines: Line[]
  /** The errors of all findings that {@link RecordingContext.take} was given. */
  readonly errors: unknown[]
  /** How often a finding said that all is well. */
  wells: number
  /** How many requests were counted. */
  requests: number
  /** Notes what a finding says of the discoverer's health. @returns its groups */
  take(finding: Finding): readonly TargetGroup[]
}

export function recordingContext(scheduler: SchedulerLike = asyncScheduler): RecordingContext {
  const lines: Line[] = []
  const errors: unknown[] = []
  const context: RecordingContext = {
    lines,
    errors,
    wells: 0,
    requests: 0,
    logger: recordingLogger(lines),
    set: 'test',
    scheduler,
    random: () => 0.5,
    refreshMetrics: { observe: () => undefined, failed: () => undefined },
    turns: new Turns(),
    take({ groups = [], complete, trouble }) {
      if (trouble) errors.push(trouble.error)
      else if (complete === true || trouble === null) context.wells += 1
      return groups
    },
    countRequest: () => {
      context.requests += 1
    },
  }
  return context
}

/** A logger that remembers its lines. */
export function recordingLogger(lines: Line[]): Logger {
  const at =
    (level: Line['level']) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields })
    }
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  }
  return logger
}
