import {
  concatMap,
  connect,
  filter,
  map,
  merge,
  Observable,
  type OperatorFunction,
  type SchedulerLike,
  type Subscription,
  switchMap,
  take,
  timer,
} from 'rxjs'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import type { Finding } from '../../discovery/mechanism.js'
import type { ServiceSnapshot } from './snapshot.js'
import type { WatchState } from './watch.js'
import type { WatchErrors } from './watch-errors.js'
import type { Steps, Turns } from '../../waiting/turns.js'

/** The first groups wait for services that do not answer while others still do, but not for ever. */
const quietMs = 5_000
const mostMs = 30_000

/** How many watches are begun between two chances to stop for a while. */
const stride = 16
/** The same for looking through names. */
const nameStride = 1024

/** Which services are wanted now. */
export interface WantedServices {
  readonly wanted: ReadonlySet<string>
  /** A watched service that is not wanted any more is dropped only when it is gone altogether. */
  readonly exists: (name: string) => boolean
}

/** The services that are watched from now on, and what follows at once. */
interface WatchChange {
  readonly watched: ReadonlySet<string>
  readonly finding: Finding
}

export interface ServiceSetOptions {
  readonly separator: string
  readonly scheduler: SchedulerLike
  /** Beginning to watch many services takes its time from here. */
  readonly turns: Turns
  readonly errors: WatchErrors
  /** For the log: the tags that are configured. */
  readonly tags: string
}

/**
 * The target groups of a changing set of services, one each. The first finding with groups has all of
 * them: it waits for the first answer or failure of each, until for five seconds none came or half a
 * minute is over. After that each change goes out by itself and at once.
 */
export class ServiceSet {
  readonly #options: ServiceSetOptions
  #watched: ReadonlySet<string> = new Set()
  /** The watched services that have neither answered nor failed yet. */
  readonly #pending = new Set<string>()
  /** The last answer about each service. */
  readonly #known = new Map<string, ServiceSnapshot>()
  #phase: 'collecting' | 'following' = 'collecting'

  constructor(options: ServiceSetOptions) {
    this.#options = options
  }

  /** The first groups are out, and every service has answered or failed since. */
  get isSettled(): boolean {
    return this.#phase === 'following' && this.#pending.size === 0
  }

  /**
   * What is found while these services are wanted. To be subscribed to once.
   * @param watch watches one service
   */
  findings(
    wanted: Observable<WantedServices>,
    watch: (name: string) => Observable<WatchState<ServiceSnapshot>>,
  ): Observable<Finding> {
    const lane = this.#options.turns.lane()
    return wanted.pipe(
      concatMap((services) => lane.run(() => this.#want(services))),
      connect((changes) =>
        merge(
          // All are pending before the first is watched: a shared watch may answer at once.
          changes.pipe(map(({ finding }) => finding)),
          changes.pipe(
            map(({ watched }) => watched),
            watchEach(watch, this.#options.turns),
            map(([name, state]) => this.#take(name, state)),
          ),
        ),
      ),
      connect((findings) => merge(findings, this.#firstGroups(findings))),
    )
  }

  /** Decides which services are watched now. The finding has the emptied groups of those that end. */
  *#want({ wanted, exists }: WantedServices): Steps<void, WatchChange> {
    const watched = new Set<string>()
    const gone: string[] = []
    const added: string[] = []
    let seen = 0
    for (const name of this.#watched) {
      if (wanted.has(name) || exists(name)) watched.add(name)
      else gone.push(name)
      seen += 1
      if (seen % nameStride === 0) yield
    }
    for (const name of wanted) {
      if (!watched.has(name)) added.push(name)
      watched.add(name)
      seen += 1
      if (seen % nameStride === 0) yield
    }
    // All at once: what is pending must not look like the last of it meanwhile.
    for (const name of added) this.#pending.add(name)
    this.#watched = watched
    yield { watched, finding: this.#drop(gone) }
  }

  #drop(names: readonly string[]): Finding {
    // The watch has often said already that the service has no instances any more.
    const shown = names.filter((name) => (this.#groupOf(name)?.targets.length ?? 0) > 0)
    for (const name of names) {
      this.#pending.delete(name)
      this.#known.delete(name)
      this.#options.errors.forget(`service ${name}`)
    }
    if (this.#phase === 'collecting' || shown.length === 0) return {}
    return { groups: shown.map((source) => ({ source, labels: {}, targets: [] })) }
  }

  /** Takes the newest state of a service. The first answers are shown together. */
  #take(name: string, state: WatchState<ServiceSnapshot>): Finding {
    const { errors, tags } = this.#options
    const health = errors.record(`service ${name}`, state, 'Error refreshing service', {
      service: name,
      tags,
    })
    this.#pending.delete(name)
    const { value } = state
    if (value === undefined || value === this.#known.get(name)) return health
    this.#known.set(name, value)
    if (this.#phase === 'collecting') return health
    return { ...health, groups: [value.group(this.#options.separator)] }
  }

  /** All groups, once: when every service has answered or failed, or none did for a while. */
  #firstGroups(findings: Observable<Finding>): Observable<Finding> {
    const { scheduler } = this.#options
    return merge(
      findings.pipe(filter(() => this.#pending.size === 0)),
      findings.pipe(switchMap(() => timer(quietMs, scheduler))),
      findings.pipe(
        take(1),
        switchMap(() => timer(mostMs, scheduler)),
      ),
    ).pipe(
      take(1),
      map(() => this.#showAll()),
    )
  }

  #showAll(): Finding {
    const { separator } = this.#options
    this.#phase = 'following'
    return { groups: Array.from(this.#known.values(), (known) => known.group(separator)) }
  }

  #groupOf(name: string): TargetGroup | undefined {
    return this.#known.get(name)?.group(this.#options.separator)
  }
}

/**
 * Watches each name of a changing set, from when it is in the set until it is not. With many names it
 * takes several turns until all of them are watched.
 */
function watchEach<T>(
  watch: (name: string) => Observable<T>,
  turns: Turns,
): OperatorFunction<ReadonlySet<string>, readonly [name: string, value: T]> {
  return (names) =>
    new Observable((subscriber) => {
      const watches = new Map<string, Subscription>()
      const error = (thrown: unknown): void => subscriber.error(thrown)
      const lane = turns.lane()
      function* follow(now: ReadonlySet<string>): Steps {
        let ended = 0
        for (const [name, subscription] of watches) {
          if (now.has(name)) continue
          subscription.unsubscribe()
          watches.delete(name)
          ended += 1
          if (ended % stride === 0) yield
        }
        let begun = 0
        for (const name of now) {
          if (watches.has(name)) continue
          const next = (value: T): void => subscriber.next([name, value])
          watches.set(name, watch(name).subscribe({ next, error }))
          begun += 1
          if (begun % stride === 0) yield
        }
      }
      // Of a newer set that comes meanwhile all is begun that is missing.
      const followed = names.pipe(switchMap((now) => lane.run(() => follow(now))))
      subscriber.add(followed.subscribe({ error }))
      return () => {
        for (const subscription of watches.values()) subscription.unsubscribe()
      }
    })
}
