import { type Subscription, asyncScheduler, type SchedulerLike } from 'rxjs'
import { Registry } from 'prom-client'
import { GroupStore } from '../../src/discovery/groups/group-store.js'
import type { Labels } from '../../src/labels/index.js'
import type { MechanismFactory } from '../../src/mechanisms/kit/index.js'
import { decodeText, formatIssue } from '../../src/yaml/index.js'
import { testContext, type TestContext } from '../../src/testing/discovery/index.js'

/** A mechanism at work on a real server, in real time. */
export class LiveMechanism {
  readonly context: TestContext<SchedulerLike> = testContext(asyncScheduler)
  readonly #groups = new GroupStore()
  readonly #subscription: Subscription

  /** Starts it. @param element of its list, as keys and values */
  constructor(
    make: MechanismFactory,
    element: Readonly<Record<string, unknown>>,
    env: Readonly<Record<string, string>> = {},
  ) {
    const mechanism = make({ registry: new Registry(), env, userAgent: 'muster/test' })
    const { value, issues } = decodeText(mechanism.section, '/p.yml', JSON.stringify(element))
    if (issues.length > 0) throw new Error(issues.map(formatIssue).join('\n'))
    const findings = mechanism.create(value, this.context).findings()
    this.#subscription = findings.subscribe((finding) => {
      this.#groups.take(this.context.take(finding))
    })
  }

  /** All targets, with the labels of their groups. */
  get targets(): readonly Labels[] {
    return Array.from(this.#groups.groups.values()).flatMap(({ labels, targets }) =>
      targets.map((target) => ({ ...labels, ...target })),
    )
  }

  stop(): void {
    this.#subscription.unsubscribe()
  }
}
