import type { Observable } from 'rxjs'
import { Counter, type Registry } from 'prom-client'
import type { TargetEvent } from '../../discovery/updates.js'
import type { Actor } from '../../run/index.js'
import type { PoolWatch } from '../pool-watch.js'
import { Causes } from './causes.js'
import { DiscoveredTargets } from './discovered.js'
import { EventLog } from './event-log.js'
import { PoolEvents } from './pool-events.js'

export interface EventRecorderOptions {
  /** How many events are kept. One change fills no more than a tenth of it; the rest is counted. */
  readonly capacity: number
  /** Why the groups of jobs change. */
  readonly scrape: Observable<TargetEvent>
  /** What changes in the sets of Alertmanagers, which no pool follows. */
  readonly notify?: Observable<TargetEvent>
  readonly registry: Registry
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/**
 * Writes down what becomes of targets, and why. As an actor it listens to discovery; pools get a watch
 * of it each.
 */
export class EventRecorder implements Actor {
  readonly name = 'target events'
  readonly log: EventLog
  readonly #causes = new Causes()
  readonly #discovered: DiscoveredTargets
  readonly #discovery: Pick<EventRecorderOptions, 'scrape' | 'notify'>
  readonly #room: number
  readonly #stopped: Promise<void>
  #stop: () => void = () => {}

  constructor(options: EventRecorderOptions) {
    const { capacity, registry, now = Date.now } = options
    const total = new Counter({
      name: 'muster_target_events_total',
      help: 'What became of targets: added, removed, changed, dropped by a rule, failed, held by the guard.',
      labelNames: ['kind'],
      registers: [registry],
    })
    this.log = new EventLog({ capacity, now, onAdd: (kind, count) => total.inc({ kind }, count) })
    this.#discovery = options
    this.#room = Math.ceil(capacity / 10)
    this.#discovered = new DiscoveredTargets(this.log, this.#room)
    this.#stopped = new Promise((resolve) => {
      this.#stop = resolve
    })
  }

  /** Follows one pool. */
  readonly watch = (pool: string): PoolWatch => {
    return new PoolEvents({ pool, log: this.log, causes: this.#causes, room: this.#room })
  }

  /** Listens to discovery until it is interrupted. */
  async execute(): Promise<void> {
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
    await this.#stopped
    subscription.unsubscribe()
  }

  /** Ends every stream of events as well. */
  interrupt(): void {
    this.#stop()
    this.log.close()
  }
}
