import { Observable, type SchedulerLike, type Subscriber, type Subscription } from 'rxjs'
import { sameGroup } from '../../discovery/groups/same-group.js'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import type { Watched } from './follow.js'
import type { ServiceSnapshot } from './snapshot.js'

/** The first emission waits for services that do not answer while others still do, but not for ever. */
const patienceMs = 5_000
const mostMs = 30_000

/** Which services are wanted now. */
export interface WantedServices {
  readonly wanted: ReadonlySet<string>
  /** A watched service that is not wanted any more is dropped only when it is gone altogether. */
  readonly exists: (name: string) => boolean
}

export interface ServiceSetOptions {
  readonly wanted: Observable<WantedServices>
  readonly watch: (name: string) => Observable<Watched<ServiceSnapshot>>
  readonly separator: string
  readonly scheduler: SchedulerLike
  /** Told after every answer and failure of a watch. */
  readonly noted: (name: string, watched: Watched<ServiceSnapshot>) => void
  /** Told when a watch ends because its service is gone. */
  readonly dropped: (name: string) => void
}

/**
 * The target groups of a changing set of services, one each. The first emission has all of them: it
 * waits for the first answer or failure of each, until for five seconds none came or half a minute is
 * over. After that each change goes out by itself and at once.
 */
export function serviceGroups(options: ServiceSetOptions): Observable<readonly TargetGroup[]> {
  return new Observable((subscriber) => {
    const set = new ServiceSet(options, subscriber)
    return () => set.stop()
  })
}

class ServiceSet {
  readonly #options: ServiceSetOptions
  readonly #subscriber: Subscriber<readonly TargetGroup[]>
  readonly #watches = new Map<string, Subscription>()
  readonly #groups = new Map<string, TargetGroup>()
  readonly #unheard = new Set<string>()
  readonly #wanted: Subscription
  #patience: Subscription | undefined
  #lastHeard = 0
  #isComplete = false

  constructor(options: ServiceSetOptions, subscriber: Subscriber<readonly TargetGroup[]>) {
    this.#options = options
    this.#subscriber = subscriber
    this.#wanted = options.wanted.subscribe((wanted) => this.#follow(wanted))
  }

  stop(): void {
    this.#wanted.unsubscribe()
    this.#patience?.unsubscribe()
    for (const watch of this.#watches.values()) watch.unsubscribe()
    this.#watches.clear()
  }

  #follow({ wanted, exists }: WantedServices): void {
    if (!this.#isComplete && this.#patience === undefined) this.#bePatient()
    const gone = [...this.#watches.keys()].filter((name) => !wanted.has(name) && !exists(name))
    const fresh = [...wanted].filter((name) => !this.#watches.has(name))
    // All are unheard before the first is watched: a shared watch may answer at once.
    for (const name of fresh) this.#unheard.add(name)
    for (const name of fresh) this.#watch(name)
    this.#drop(gone)
    this.#completeIfHeard()
  }

  #watch(name: string): void {
    const watch = this.#options.watch(name).subscribe((watched) => this.#heard(name, watched))
    this.#watches.set(name, watch)
  }

  #drop(names: readonly string[]): void {
    for (const name of names) {
      this.#watches.get(name)?.unsubscribe()
      this.#watches.delete(name)
      this.#unheard.delete(name)
      this.#options.dropped(name)
    }
    // The watch has often told already that it has no instances any more.
    const known = names.filter((name) => (this.#groups.get(name)?.targets.length ?? 0) > 0)
    for (const name of names) this.#groups.delete(name)
    if (this.#isComplete && known.length > 0) {
      this.#subscriber.next(known.map((source) => ({ source, labels: {}, targets: [] })))
    }
  }

  #heard(name: string, watched: Watched<ServiceSnapshot>): void {
    this.#options.noted(name, watched)
    this.#lastHeard = this.#options.scheduler.now()
    this.#unheard.delete(name)
    const group = watched.value?.group(this.#options.separator)
    const known = this.#groups.get(name)
    if (group !== undefined && !(known !== undefined && sameGroup(group, known))) {
      this.#groups.set(name, group)
      if (this.#isComplete) this.#subscriber.next([group])
    }
    this.#completeIfHeard()
  }

  /** Goes on waiting as long as somebody was heard of late. */
  #bePatient(): void {
    const { scheduler } = this.#options
    const start = scheduler.now()
    this.#lastHeard = start
    const wait = (ms: number): Subscription =>
      scheduler.schedule(() => {
        const now = scheduler.now()
        const left = Math.min(this.#lastHeard + patienceMs, start + mostMs) - now
        // More than that is left only when the clock was set back.
        if (left > 0 && left <= patienceMs) this.#patience = wait(left)
        else this.#complete()
      }, ms)
    this.#patience = wait(patienceMs)
  }

  #completeIfHeard(): void {
    if (!this.#isComplete && this.#patience !== undefined && this.#unheard.size === 0) {
      this.#complete()
    }
  }

  #complete(): void {
    this.#isComplete = true
    this.#patience?.unsubscribe()
    this.#subscriber.next([...this.#groups.values()])
  }
}
