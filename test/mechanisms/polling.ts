import { Registry } from 'prom-client'
import { type Subscription, type SchedulerLike } from 'rxjs'
import { onTestFinished } from 'vitest'
import type { Discoverer, Finding, TargetGroup } from '../../src/discovery/index.js'
import type { MechanismFactory, MechanismOptions } from '../../src/mechanisms/kit/mechanism.js'
import { decodeText } from '../../src/yaml/index.js'
import { FakeClock, testContext, type TestContext } from '../../src/testing/discovery/index.js'

/** A mechanism that is asked to poll by the test. */
export interface Polling {
  readonly discoverer: Discoverer
  readonly registry: Registry
  readonly context: TestContext<SchedulerLike>
  /** What became of the polls. */
  readonly polls: { ok: number; failed: number }
  /** Polls once more. @returns the groups it emits; rejects with the trouble it tells of */
  poll(): Promise<readonly TargetGroup[]>
  /** Unsubscribes. */
  stop(): void
}

/** One element of a mechanism's list as it would be read from a file, and what is wrong with it. */
export function readElement(
  make: MechanismFactory,
  yaml: string,
): { readonly config: unknown; readonly issues: readonly string[] } {
  const mechanism = make({ registry: new Registry(), env: {}, userAgent: 'muster/test' })
  const { value, issues } = decodeText(mechanism.section, '/nowhere/p.yml', yaml)
  return { config: value, issues: issues.map((issue) => issue.message) }
}

/**
 * Makes a discoverer of a section, with a clock that only `poll` moves.
 * @param options what the process gives the mechanism besides: `heapLimit`
 */
export function pollingOf(
  make: MechanismFactory,
  yaml: string,
  options: Pick<MechanismOptions, 'heapLimit'> = {},
): Polling {
  const registry = new Registry()
  const scheduler = new FakeClock()
  const polls = { ok: 0, failed: 0 }
  const context: TestContext<SchedulerLike> = Object.assign(testContext(scheduler), {
    refreshMetrics: {
      observe: () => {
        polls.ok += 1
      },
      failed: () => {
        polls.ok -= 1
        polls.failed += 1
      },
    },
  })
  const { config, issues } = readElement(make, yaml)
  if (issues.length > 0) throw new Error(issues.join('\n'))
  const mechanism = make({ registry, env: {}, userAgent: 'muster/test', ...options })
  const discoverer = mechanism.create(config, context)
  let subscription: Subscription | undefined
  let tell: ((finding: Finding) => void) | undefined
  const stop = (): void => subscription?.unsubscribe()
  onTestFinished(stop)
  return {
    discoverer,
    registry,
    context,
    polls,
    stop,
    async poll() {
      const finding = await new Promise<Finding>((resolve, reject) => {
        tell = resolve
        if (subscription === undefined) {
          subscription = discoverer
            .findings()
            .subscribe({ next: (next) => tell?.(next), error: reject })
        } else scheduler.advanceToNext()
      })
      if (finding.trouble) throw finding.trouble.error
      return finding.groups ?? []
    },
  }
}
