import {
  combineLatest,
  defer,
  distinctUntilChanged,
  finalize,
  interval,
  map,
  merge,
  type Observable,
  of,
  ReplaySubject,
  type SchedulerLike,
  share,
  switchMap,
} from 'rxjs'
import type { HttpClient } from '../../http/index.js'
import type { ReadingLimits } from '../kit/json-list.js'
import { asDatacenter, asServiceEntries, type Catalog, readCatalog } from './answers.js'
import { ConsulApi } from './api.js'
import { BlockingQueries } from './blocking-queries.js'
import { ChangeSignal } from './change-signal.js'
import type { CircuitBreaker } from './circuit-breaker.js'
import type { ConsulEndpoint } from './endpoint.js'
import type { ConsulMetrics } from './metrics.js'
import {
  catalogRequest,
  type QueryConfig,
  serviceRequest,
  type Table,
  tableRequest,
} from './query.js'
import type { ServerConnections } from './server-connections.js'
import { LabelNames, ServiceSnapshot } from './snapshot.js'
import { watch, type WatchOptions, type WatchState } from './watch.js'

const tables: readonly Table[] = ['services', 'checks', 'nodes']
/** How often each may be asked about, in milliseconds. */
const tableIntervalMs = 2_000
/** How often a change is assumed, in milliseconds, while Consul gives no answer about one of them. */
const assumedChangeMs = 30_000

export interface SharedClientOptions {
  readonly endpoint: ConsulEndpoint
  readonly http: HttpClient
  /** For blocking queries of services. */
  readonly blockingHttp: HttpClient
  readonly connections: ServerConnections
  readonly breaker: CircuitBreaker
  readonly metrics: ConsulMetrics
  readonly scheduler: SchedulerLike
  readonly random: () => number
}

/**
 * The client of one Consul as one user, shared by discoverers. Watches of the same thing are one watch
 * for all subscribers; it ends with the last of them.
 */
export class SharedClient {
  /** The datacenter of the agent that answers. Completes when it is known. */
  readonly datacenter: Observable<WatchState<string>>
  /** How many connections there are, when they turn out to be too few. */
  readonly connectionLimits: Observable<number>
  /** Emits for each request that is sent, for all subscribers: watches are shared. */
  readonly requests: Observable<void>
  readonly #options: SharedClientOptions
  readonly #queries: BlockingQueries
  readonly #changes: ChangeSignal
  readonly #names = new LabelNames()
  readonly #watches = new Map<string, Observable<WatchState<unknown>>>()

  constructor(options: SharedClientOptions) {
    const { endpoint, http, blockingHttp, connections, metrics, scheduler } = options
    this.#options = options
    const api = new ConsulApi(endpoint, http)
    const blockingApi = new ConsulApi(endpoint, blockingHttp)
    this.#changes = new ChangeSignal(defer(() => combineLatest(tables.map((t) => this.#table(t)))))
    this.#queries = new BlockingQueries({
      api,
      blockingApi,
      connections,
      changes: this.#changes,
      metrics,
      scheduler,
    })
    this.requests = merge(api.requests, blockingApi.requests)
    this.connectionLimits = connections.limits
    this.datacenter = this.#watch({
      query: this.#queries.dedicated(() => ({ path: '/agent/self', query: {} })),
      read: (answer) => asDatacenter(answer.json()),
      refreshInterval: assumedChangeMs,
      once: true,
    }).pipe(share({ connector: () => new ReplaySubject(1), resetOnComplete: false }))
  }

  /**
   * The names of all services.
   * @param limits for reading an answer; of those who share a watch, the first one's
   */
  catalog(
    config: QueryConfig,
    limits: Omit<ReadingLimits, 'signal'>,
  ): Observable<WatchState<Catalog>> {
    const { endpoint } = this.#options
    const { filter, node_meta, refresh_interval: refreshInterval } = config
    return this.#shared(['catalog', filter, node_meta, refreshInterval], () =>
      this.#watch({
        query: this.#queries.dedicated(
          (index) => catalogRequest(endpoint, config, index),
          'services',
        ),
        read: (answer, signal) => readCatalog(answer.text(), { ...limits, signal }),
        refreshInterval,
      }),
    )
  }

  /** The instances of one service. */
  service(
    name: string,
    datacenter: string,
    config: QueryConfig,
  ): Observable<WatchState<ServiceSnapshot>> {
    const { endpoint } = this.#options
    const { tags, health_filter, node_meta, refresh_interval: refreshInterval } = config
    const key = ['service', name, datacenter, tags, health_filter, node_meta, refreshInterval]
    return this.#shared(key, () =>
      this.#watch({
        query: this.#queries.pooled((i) => serviceRequest(endpoint, config, name, i), 'service'),
        read: (answer) =>
          new ServiceSnapshot(name, datacenter, asServiceEntries(answer.json()), this.#names),
        refreshInterval,
      }),
    )
  }

  /** Frees what is left when no discoverer uses it any more. */
  async close(): Promise<void> {
    this.#changes.stop()
    const { http, blockingHttp } = this.#options
    await Promise.all([http.close(), blockingHttp.close()])
  }

  /** Emits when a table changed; where Consul gives no answer about it, now and then all the same. */
  #table(table: Table): Observable<unknown> {
    const { endpoint, scheduler } = this.#options
    return this.#watch({
      query: this.#queries.dedicated((index) => tableRequest(endpoint, table, index)),
      read: (answer) => answer.index,
      refreshInterval: tableIntervalMs,
    }).pipe(
      switchMap((state) =>
        state.kind === 'ok'
          ? of(`index ${String(state.value)}`)
          : interval(assumedChangeMs, scheduler).pipe(map((n) => `assumed ${String(n)}`)),
      ),
      distinctUntilChanged(),
    )
  }

  #watch<T>(
    options: Pick<WatchOptions<T>, 'query' | 'read' | 'refreshInterval' | 'once'>,
  ): Observable<WatchState<T>> {
    const { breaker, scheduler, random } = this.#options
    return watch({ ...options, breaker, scheduler, random })
  }

  #shared<T>(key: unknown, make: () => Observable<WatchState<T>>): Observable<WatchState<T>> {
    const name = JSON.stringify(key)
    // The key holds all that decides what is watched, so that what is found is of the same type.
    const known = this.#watches.get(name) as Observable<WatchState<T>> | undefined
    if (known !== undefined) return known
    const made = make().pipe(
      finalize(() => this.#watches.delete(name)),
      share({ connector: () => new ReplaySubject(1) }),
    )
    this.#watches.set(name, made)
    return made
  }
}
