import { EMPTY, Observable, type SchedulerLike, type Subscription } from 'rxjs'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import type { Finding } from '../../discovery/mechanism.js'
import type { Watched } from './follow.js'
import type { ServiceSnapshot } from './snapshot.js'
import type { WatchErrors } from './watch-errors.js'

/** The first groups wait for services that do not answer while others still do, but not for ever. */
const patienceMs = 5_000
const mostMs = 30_000

/** Which services are wanted now. */
export interface WantedServices {
  readonly wanted: ReadonlySet<string>
  /** A watched service that is not wanted any more is dropped only when it is gone altogether. */
  readonly exists: (name: string) => boolean
}

export interface ServiceSetOptions {
  readonly separator: string
  readonly scheduler: SchedulerLike
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
  #watchOf: (name: string) => Observable<Watched<ServiceSnapshot>> = () => EMPTY
  readonly #watches = new Map<string, Subscription>()
  /** The last answer about each service. */
  readonly #known = new Map<string, ServiceSnapshot>()
  readonly #unheard = new Set<string>()
  #patience: Subscription | undefined
  #lastHeard = 0
  #phase: 'waiting' | 'collecting' | 'following' = 'waiting'
  #emit: (finding: Finding) => void = () => {}

  constructor(options: ServiceSetOptions) {
    this.#options = options
  }

  /** The first groups are out, and every service has answered or failed since. */
  get isHeard(): boolean {
    return this.#phase === 'following' && this.#unheard.size === 0
  }

  /**
   * What is found while these services are wanted. To be subscribed to once.
   * @param watch follows one service
   */
  findings(
    wanted: Observable<WantedServices>,
    watch: (name: string) => Observable<Watched<ServiceSnapshot>>,
  ): Observable<Finding> {
    return new Observable((subscriber) => {
      this.#watchOf = watch
      this.#emit = (finding) => subscriber.next(finding)
      const following = wanted.subscribe((services) => this.#follow(services))
      return () => {
        following.unsubscribe()
        this.#patience?.unsubscribe()
        for (const watch of this.#watches.values()) watch.unsubscribe()
        this.#watches.clear()
      }
    })
  }

  #follow({ wanted, exists }: WantedServices): void {
    if (this.#phase === 'waiting') this.#collect()
    const gone = [...this.#watches.keys()].filter((name) => !wanted.has(name) && !exists(name))
    const fresh = [...wanted].filter((name) => !this.#watches.has(name))
    // All are unheard before the first is watched: a shared watch may answer at once.
    for (const name of fresh) this.#unheard.add(name)
    for (const name of fresh) this.#watch(name)
    this.#drop(gone)
    this.#showIfHeard()
  }

  #watch(name: string): void {
    const watch = this.#watchOf(name).subscribe((watched) => this.#heard(name, watched))
    this.#watches.set(name, watch)
  }

  #drop(names: readonly string[]): void {
    for (const name of names) {
      this.#watches.get(name)?.unsubscribe()
      this.#watches.delete(name)
      this.#unheard.delete(name)
      this.#options.errors.forget(`service ${name}`)
    }
    // The watch has often said already that the service has no instances any more.
    const shown = names.filter((name) => (this.#groupOf(name)?.targets.length ?? 0) > 0)
    for (const name of names) this.#known.delete(name)
    if (this.#phase === 'following' && shown.length > 0) {
      this.#emit({ groups: shown.map((source) => ({ source, labels: {}, targets: [] })) })
    }
  }

  #heard(name: string, watched: Watched<ServiceSnapshot>): void {
    const { errors, scheduler, tags } = this.#options
    const said = errors.note(`service ${name}`, watched, 'Error refreshing service', {
      service: name,
      tags,
    })
    this.#lastHeard = scheduler.now()
    this.#unheard.delete(name)
    const { value } = watched
    const isNew = value !== undefined && value !== this.#known.get(name)
    if (isNew) this.#known.set(name, value)
    // The first answers are shown together.
    const group = isNew && this.#phase === 'following' ? this.#groupOf(name) : undefined
    this.#emit(group === undefined ? said : { ...said, groups: [group] })
    this.#showIfHeard()
  }

  #groupOf(name: string): TargetGroup | undefined {
    return this.#known.get(name)?.group(this.#options.separator)
  }

  /** Waits for the first answers, as long as they keep coming. */
  #collect(): void {
    const { scheduler } = this.#options
    const start = scheduler.now()
    this.#phase = 'collecting'
    this.#lastHeard = start
    const wait = (ms: number): Subscription =>
      scheduler.schedule(() => {
        const now = scheduler.now()
        const left = Math.min(this.#lastHeard + patienceMs, start + mostMs) - now
        // More than that is left only when the clock was set back.
        if (left > 0 && left <= patienceMs) this.#patience = wait(left)
        else this.#show()
      }, ms)
    this.#patience = wait(patienceMs)
  }

  #showIfHeard(): void {
    if (this.#phase === 'collecting' && this.#unheard.size === 0) this.#show()
  }

  #show(): void {
    this.#phase = 'following'
    this.#patience?.unsubscribe()
    const { separator } = this.#options
    this.#emit({ groups: Array.from(this.#known.values(), (known) => known.group(separator)) })
  }
}
