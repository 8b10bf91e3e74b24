import type { SchedulerLike } from 'rxjs'
import type { DiscovererContext, Finding } from '../../discovery/mechanism.js'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import { Turns } from '../../waiting/turns.js'
import { FakeClock } from './fake-clock.js'
import { type LoggedLine, recordingLogger } from './recording-logger.js'

/** The context of a discoverer, for a test of its mechanism: it remembers what it is given. */
export interface TestContext<S extends SchedulerLike = FakeClock> extends DiscovererContext {
  readonly scheduler: S
  readonly lines: readonly LoggedLine[]
  /** The errors of all findings that {@link TestContext.take} was given. */
  readonly errors: readonly unknown[]
  /** How many findings said that all is well. */
  readonly wells: number
  /** How many requests the discoverer counted. */
  readonly requests: number
  /** Notes what a finding says of the discoverer's health. @returns its groups */
  take(finding: Finding): readonly TargetGroup[]
}

/**
 * Makes a context for `mechanism.create(config, context)`. Nothing in it touches the process; jitter is
 * always one half.
 * @param scheduler the discoverer's time; without one a {@link FakeClock}, which the test moves
 */
export function testContext(): TestContext
export function testContext<S extends SchedulerLike>(scheduler: S): TestContext<S>
export function testContext(
  scheduler: SchedulerLike = new FakeClock(),
): TestContext<SchedulerLike> {
  const lines: LoggedLine[] = []
  const errors: unknown[] = []
  let wells = 0
  let requests = 0
  return {
    lines,
    errors,
    get wells() {
      return wells
    },
    get requests() {
      return requests
    },
    logger: recordingLogger(lines),
    set: 'test',
    scheduler,
    random: () => 0.5,
    refreshMetrics: { observe: () => undefined, failed: () => undefined },
    turns: new Turns(),
    take({ groups = [], complete, trouble }) {
      if (trouble) errors.push(trouble.error)
      else if (complete === true || trouble === null) wells += 1
      return groups
    },
    countRequest: () => {
      requests += 1
    },
  }
}
