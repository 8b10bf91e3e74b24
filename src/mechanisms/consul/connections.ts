import { type Observable, type SchedulerLike, Subject } from 'rxjs'
import { RequestPool } from '../../waiting/request-pool.js'
import { Turnstile } from './connect-throttle.js'

/** Short requests run over this many connections. */
const lanes = 32
/** So many watches begin to wait, each over a new connection, in so many milliseconds. */
const beginners = 10
const beginMs = 10
/** A limit is believed in this long at first: others may have used the connections up for a while. */
const shortMemoryMs = 5 * 60_000
const longMemoryMs = 60 * 60_000
/** One refusal may be a kept connection that was just closed; so many in a short time are none. */
const fewestRefusals = 3
const refusalsMs = 2_000
/** Of the connections that could be had, this share may wait: short requests need some, and others. */
const share = 0.75

/**
 * The connections to one Consul. A blocking query holds one for as long as it waits, so that a
 * thousand services take a thousand. Consul allows a client 200 by default
 * (`limits.http_max_conns_per_client`), and closes what is beyond; the system's limit of open files
 * has the same effect. Once that is seen, only a share of what could be had waits, and the rest of
 * the watches ask shortly, over few connections, whenever something changed.
 *
 * Requests that wait already are left to wait: Consul counts a connection until its query is over,
 * also when the client has long closed it.
 */
export class Connections {
  readonly lanes: RequestPool = new RequestPool(lanes)
  /** What a watch passes before it waits for the first time. */
  readonly entrance: Turnstile
  readonly #scheduler: SchedulerLike
  readonly #limits = new Subject<number>()
  #waiting = 0
  #capacity = Number.POSITIVE_INFINITY
  #knownUntil = 0
  #memoryMs = shortMemoryMs
  #refusals: readonly number[] = []

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler
    this.entrance = new Turnstile(beginners, beginMs, scheduler)
  }

  /** The number of connections that could be had, each time a limit is found. */
  get limits(): Observable<number> {
    return this.#limits.asObservable()
  }

  /** No more requests may wait. */
  get isFull(): boolean {
    return this.isLimited && this.#waiting >= this.#capacity * share
  }

  /** There are known to be fewer connections than one could use. */
  get isLimited(): boolean {
    return this.#scheduler.now() < this.#knownUntil
  }

  /** Runs a request that waits for a change, and counts its connection. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1
    try {
      return await work()
    } finally {
      this.#waiting -= 1
    }
  }

  /** A new connection was refused by a Consul that answers on others. */
  refused(): void {
    const now = this.#scheduler.now()
    this.#refusals = [...this.#refusals, now]
      .filter((at) => at > now - refusalsMs)
      .slice(-fewestRefusals)
    if (this.#refusals.length < fewestRefusals) return
    const isNews = !this.isLimited
    this.#capacity = isNews ? this.#waiting : Math.min(this.#capacity, this.#waiting)
    if (!isNews) return
    this.#knownUntil = now + this.#memoryMs
    this.#memoryMs = Math.min(this.#memoryMs * 2, longMemoryMs)
    this.#limits.next(this.#capacity)
  }
}
