import { Observable, type Subscriber } from 'rxjs'
import type { Discoverer } from '../discovery/mechanism.js'
import type { TargetGroup } from '../discovery/groups/target-group.js'

/** A discoverer that finds what the test says, when the test says it. */
export interface HandDiscoverer extends Discoverer {
  /** Emits these groups, as one emission, to everybody who is subscribed. */
  emit(...groups: readonly TargetGroup[]): void
  /** Errors, which ends every subscription. The next subscription starts anew. */
  fail(error: unknown): void
  /** Completes, as only `static` may. */
  complete(): void
  /** Who is subscribed now: 0 shows that everything was freed. */
  readonly subscribers: number
  /** How often it was subscribed to in all: a retry is one more. */
  readonly subscriptions: number
}

/** Makes a hand-cranked discoverer. */
export function handDiscoverer(): HandDiscoverer {
  const subscribers = new Set<Subscriber<readonly TargetGroup[]>>()
  let subscriptions = 0
  // A copy: whoever subscribes again while it is told is not told twice.
  const present = (): readonly Subscriber<readonly TargetGroup[]>[] => [...subscribers]
  return {
    groups: () =>
      new Observable((subscriber) => {
        subscriptions += 1
        subscribers.add(subscriber)
        return () => {
          subscribers.delete(subscriber)
        }
      }),
    emit(...groups) {
      for (const subscriber of present()) subscriber.next(groups)
    },
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
