import { Registry } from 'prom-client'
import { type SchedulerLike } from 'rxjs'
import { onTestFinished } from 'vitest'
import { consulMechanism } from '../../../src/mechanisms/consul/index.js'
import type { Discoverer, TargetGroup } from '../../../src/discovery/index.js'
import { GroupStore } from '../../../src/discovery/groups/group-store.js'
import { labelValue } from '../../../src/labels/index.js'
import { decodeText } from '../../../src/yaml/index.js'
import { FakeClock, testContext, type TestContext } from '../../../src/testing/discovery/index.js'

/** What a running discoverer has emitted. */
export interface Run {
  readonly context: TestContext<SchedulerLike>
  readonly emissions: (readonly TargetGroup[])[]
  /** The groups with targets as they stand, by service. */
  readonly groups: Map<string, TargetGroup>
  /** The ids of all instances, sorted. */
  ids(): readonly string[]
  stop(): void
}

/** A Consul mechanism and the discoverers of one test. */
export interface Harness {
  readonly registry: Registry
  /** All waiting is on this clock; only the limits of requests are on the system's. */
  readonly clock: FakeClock
  discoverer(yaml: string, context?: TestContext<SchedulerLike>): Discoverer
  /** Starts a discoverer; the end of the test stops it. */
  run(yaml: string): Run
}

/**
 * @param scheduler for what takes its time with a real server; else time stands still
 * @param heapLimit how many bytes of heap there are; else as many as the test has
 */
export function harness(scheduler?: SchedulerLike, heapLimit?: number): Harness {
  const registry = new Registry()
  const clock = new FakeClock()
  const time = scheduler ?? clock
  const mechanism = consulMechanism({
    registry,
    userAgent: 'muster/test',
    env: {},
    scheduler: time,
    random: () => 0.5,
    ...(heapLimit !== undefined && { heapLimit }),
  })
  const discoverer = (yaml: string, context = testContext(time)): Discoverer => {
    const { value, issues } = decodeText(mechanism.section, 'sd.yml', yaml)
    if (issues.length > 0) throw new Error(issues.map((issue) => issue.message).join('; '))
    return mechanism.create(value, context)
  }
  return {
    registry,
    clock,
    discoverer,
    run(yaml) {
      const context = testContext(time)
      const emissions: (readonly TargetGroup[])[] = []
      // The core compares: what it finds to be no change is none.
      const store = new GroupStore()
      const groups = new Map<string, TargetGroup>()
      const subscription = discoverer(yaml, context)
        .findings()
        .subscribe((finding) => {
          const changed = context.take(finding)
          if (finding.groups === undefined) return
          const isNews = store.take(changed).size > 0
          if (!isNews && emissions.length > 0) return
          emissions.push(changed)
          for (const group of changed) {
            if (group.targets.length > 0) groups.set(group.source, group)
            else groups.delete(group.source)
          }
        })
      onTestFinished(() => subscription.unsubscribe())
      const ids = (): readonly string[] =>
        Array.from(groups.values())
          .flatMap(({ targets }) => targets)
          .map((target) => labelValue(target, '__meta_consul_service_id'))
          .toSorted()
      return { context, emissions, groups, ids, stop: () => subscription.unsubscribe() }
    },
  }
}
