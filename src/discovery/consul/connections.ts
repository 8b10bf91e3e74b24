import { type Observable, type SchedulerLike, Subject, type Subscription } from 'rxjs'
import { Lanes } from './lanes.js'

/** Short requests run over this many connections; fewer where connections are scarce. */
const lanes = 32
/** One that grows scarce is known by these many waiting requests that live on as others are refused. */
const fewestSurvivors = 4
const suspicionMs = 250
/** How long a limit is believed in: it may have been others who used up the connections. */
const memoryMs = 15 * 60_000
/** Of the connections that could be had, this share may be used for waiting: others need some too. */
const share = 0.75

/** A waiting request was given up to free its connection; its watch goes on by other means. */
export class CrowdedOut extends Error {
  override readonly name = 'CrowdedOut'
}

/**
 * The connections to one Consul. A blocking query holds one for as long as it waits, so that a
 * thousand services take a thousand. Consul allows a client 200 by default
 * (`limits.http_max_conns_per_client`): beyond it new connections are closed at once, or answered
 * with 429. When that is seen, all waiting requests are given up, and their watches are told to ask
 * shortly, over few connections, whenever something changed.
 */
export class Connections {
  readonly lanes: Lanes = new Lanes(lanes)
  readonly #scheduler: SchedulerLike
  readonly #crowded = new Subject<number>()
  readonly #waiting = new Set<AbortController>()
  #wanted = 0
  #capacity = Number.POSITIVE_INFINITY
  #knownUntil = 0
  #suspicion: Subscription | undefined

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler
  }

  /** The number of connections that could be had, each time a limit is found. */
  get crowded(): Observable<number> {
    return this.#crowded.asObservable()
  }

  /** There are fewer connections than watches. */
  get isCrowded(): boolean {
    if (this.#scheduler.now() >= this.#knownUntil) return false
    return this.#wanted > this.#capacity * share
  }

  /** One more watch would like a connection of its own; the result takes it back. */
  join(): () => void {
    this.#wanted += 1
    return () => {
      this.#wanted -= 1
    }
  }

  /**
   * Runs a request that waits for a change. It starts when no short request queues any more, so that
   * at a start first answers come before long waits.
   * @throws CrowdedOut when there is no connection for it, or no longer
   */
  async wait<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.lanes.quiet(signal)
    if (this.isCrowded) throw new CrowdedOut()
    const own = new AbortController()
    const stop = (): void => own.abort(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    this.#waiting.add(own)
    try {
      return await work(own.signal)
    } finally {
      this.#waiting.delete(own)
      signal.removeEventListener('abort', stop)
    }
  }

  /** A connection was refused or closed, which is either the limit or the end of that Consul. */
  suspect(): void {
    if (this.#suspicion !== undefined || this.isCrowded) return
    const others = [...this.#waiting]
    this.#suspicion = this.#scheduler.schedule(() => {
      this.#suspicion = undefined
      // A Consul that died took all of them with it.
      const survivors = others.filter((request) => this.#waiting.has(request)).length
      if (survivors >= fewestSurvivors) this.#crowd(survivors)
    }, suspicionMs)
  }

  /** Frees the timer; for when nobody uses these connections any more. */
  close(): void {
    this.#suspicion?.unsubscribe()
    this.#suspicion = undefined
  }

  #crowd(capacity: number): void {
    this.#capacity = capacity
    this.#knownUntil = this.#scheduler.now() + memoryMs
    if (!this.isCrowded) return
    for (const request of this.#waiting) request.abort(new CrowdedOut())
    this.#crowded.next(capacity)
  }
}
