import type { Observable } from 'rxjs'
import { Counter, type Registry } from 'prom-client'
import type { TargetEvent } from '../../discovery/updates.js'
import type { Actor } from '../../run/index.js'
import type { PoolObserver } from '../pool-observer.js'
import { DiscoveryEvents } from './discovery-events.js'
import { EventLog } from './event-log.js'
import { ChangeCauses, PoolEvents } from './pool-events.js'

export interface EventRecorderOptions {
  /** How many events are kept. One change fills no more than a tenth of it; the rest is counted. */
  readonly capacity: number
  /** Why the groups of jobs change. */
  readonly scrape: Observable<TargetEvent>
  /** What changes in the sets of Alertmanagers, which have no pool. */
  readonly notify?: Observable<TargetEvent>
  readonly registry: Registry
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/**
 * Writes down what becomes of targets, and why. As an actor it listens to discovery; every pool gets
 * an observer from it.
 */
export class EventRecorder implements Actor {
  readonly name = 'target events'
  readonly log: EventLog
  readonly #causes = new ChangeCauses()
  readonly #discovered: DiscoveryEvents
  readonly #limit: number
  readonly #discovery: Pick<EventRecorderOptions, 'scrape' | 'notify'>
  readonly #stop = new AbortController()

  constructor(options: EventRecorderOptions) {
    const { capacity, registry, now = Date.now } = options
    const total = new Counter({
      name: 'muster_target_events_total',
      help: 'What became of targets: added, removed, changed, dropped by a rule, failed, held by the guard.',
      labelNames: ['kind'] as const,
      registers: [registry],
    })
    this.log = new EventLog({ capacity, now, total })
    this.#limit = Math.ceil(capacity / 10)
    this.#discovered = new DiscoveryEvents(this.log, this.#limit)
    this.#discovery = options
  }

  /** Makes the observer of one pool. */
  readonly observe = (pool: string): PoolObserver => {
    return new PoolEvents({ pool, log: this.log, causes: this.#causes, limit: this.#limit })
  }

  /** Listens to discovery until it is interrupted. */
  async execute(): Promise<void> {
    const { signal } = this.#stop
    if (signal.aborted) return
    const { scrape, notify } = this.#discovery
    const subscription = scrape.subscribe((event) => {
      if (event.cause === 'held') this.#discovered.held('scrape', event)
      else this.#causes.note(event)
    })
    subscription.add(
      notify?.subscribe((event) => {
        if (event.cause === 'held') this.#discovered.held('notify', event)
        else this.#discovered.changed('notify', event)
      }),
    )
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    subscription.unsubscribe()
  }

  /** Ends every stream of events as well. */
  interrupt(): void {
    this.#stop.abort()
    this.log.close()
  }
}
