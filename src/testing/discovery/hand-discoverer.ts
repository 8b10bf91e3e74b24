import { Observable, type Subscriber } from 'rxjs'
import type { Discoverer, Finding } from '../../discovery/mechanism.js'
import type { TargetGroup } from '../../discovery/groups/target-group.js'

/** A discoverer that finds what the test says, when the test says it. */
export interface HandDiscoverer extends Discoverer {
  /** Emits these groups as one complete finding to all subscribers. */
  emit(...groups: readonly TargetGroup[]): void
  /** Emits any finding: a part of the groups, a trouble, or that all is well. */
  find(finding: Finding): void
  /** Errors, which ends every subscription. The next subscription starts from nothing. */
  fail(error: unknown): void
  /** Completes, as only `static` may. */
  complete(): void
  /** How many subscribers there are now: 0 shows that everything was freed. */
  readonly subscribers: number
  /** How often it was subscribed to in all: a retry is one more. */
  readonly subscriptions: number
}

/** Makes a hand-cranked discoverer. */
export function handDiscoverer(): HandDiscoverer {
  const subscribers = new Set<Subscriber<Finding>>()
  let subscriptions = 0
  // A copy: one that subscribes again while it is called is not called twice.
  const present = (): readonly Subscriber<Finding>[] => [...subscribers]
  const find = (finding: Finding): void => {
    for (const subscriber of present()) subscriber.next(finding)
  }
  return {
    findings: () =>
      new Observable((subscriber) => {
        subscriptions += 1
        subscribers.add(subscriber)
        return () => {
          subscribers.delete(subscriber)
        }
      }),
    emit: (...groups) => find({ groups, complete: true }),
    find,
    fail(error) {
      for (const subscriber of present()) subscriber.error(error)
    },
    complete() {
      for (const subscriber of present()) subscriber.complete()
    },
    get subscribers() {
      return subscribers.size
    },
    get subscriptions() {
      return subscriptions
    },
  }
}
