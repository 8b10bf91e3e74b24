import { type Observable, type SchedulerLike, Subject } from 'rxjs'
import { RequestPool } from '../../waiting/request-pool.js'
import { ConnectThrottle } from './connect-throttle.js'

/** Immediate queries run over this many connections. */
const poolSize = 32
/** How many blocking queries may make a new connection in how many milliseconds. */
const connectsAtATime = 10
const connectIntervalMs = 10
/** How long a limit is believed in at first: others may have used the connections up for a while. */
const firstMemoryMs = 5 * 60_000
const longestMemoryMs = 60 * 60_000
/**
 * A single refusal may be a kept connection that was just closed: it takes this many within this time
 * to make a limit.
 */
const fewestRefusals = 3
const refusalsMs = 2_000
/** The share of the connections for blocking queries: immediate ones need some, and other clients. */
const blockingShare = 0.75

/** What is known of how many connections Consul accepts. */
type Limit =
  | { readonly kind: 'none' }
  /** Believed in until that time. */
  | { readonly kind: 'found'; readonly capacity: number; readonly until: number }

const noLimit: Limit = { kind: 'none' }

/**
 * The connections to one Consul server. A blocking query holds one for as long as it waits, so that a
 * thousand services take a thousand. Consul allows a client 200 by default
 * (`limits.http_max_conns_per_client`), and closes what is beyond; the system's limit of open files
 * has the same effect. Once that is seen, only a share of the connections is for blocking queries; the
 * watches without one make immediate queries, over few connections, when something changed.
 *
 * Blocking queries under way go on: Consul counts a connection until its query is over, also when the
 * client has long closed it.
 */
export class ServerConnections {
  /** Runs immediate queries. */
  readonly pool: RequestPool = new RequestPool(poolSize)
  /** What a watch waits for before its first blocking query. */
  readonly throttle: ConnectThrottle
  readonly #scheduler: SchedulerLike
  readonly #limits = new Subject<number>()
  #blocking = 0
  #limit: Limit = noLimit
  #memoryMs = firstMemoryMs
  #refusals: readonly number[] = []

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler
    this.throttle = new ConnectThrottle(connectsAtATime, connectIntervalMs, scheduler)
  }

  /** The number of connections that could be had, each time a limit is found. */
  get limits(): Observable<number> {
    return this.#limits.asObservable()
  }

  /** There is no connection for another blocking query. */
  get isFull(): boolean {
    const limit = this.#currentLimit
    return limit.kind === 'found' && this.#blocking >= limit.capacity * blockingShare
  }

  /** Consul, or the system, is known to accept fewer connections than there is use for. */
  get isLimited(): boolean {
    return this.#currentLimit.kind === 'found'
  }

  /** Runs a blocking query, and counts its connection. */
  async runBlocking<T>(query: () => Promise<T>): Promise<T> {
    this.#blocking += 1
    try {
      return await query()
    } finally {
      this.#blocking -= 1
    }
  }

  /** A new connection was refused by a Consul that answers on others. */
  recordRefusal(): void {
    const now = this.#scheduler.now()
    this.#refusals = [...this.#refusals, now]
      .filter((at) => at > now - refusalsMs)
      .slice(-fewestRefusals)
    if (this.#refusals.length < fewestRefusals) return
    const limit = this.#currentLimit
    if (limit.kind === 'found') {
      this.#limit = { ...limit, capacity: Math.min(limit.capacity, this.#blocking) }
      return
    }
    const capacity = this.#blocking
    this.#limit = { kind: 'found', capacity, until: now + this.#memoryMs }
    this.#memoryMs = Math.min(this.#memoryMs * 2, longestMemoryMs)
    this.#limits.next(capacity)
  }

  get #currentLimit(): Limit {
    const limit = this.#limit
    return limit.kind === 'found' && this.#scheduler.now() < limit.until ? limit : noLimit
  }
}
