import {
  combineLatest,
  distinctUntilChanged,
  finalize,
  interval,
  map,
  type Observable,
  of,
  ReplaySubject,
  type SchedulerLike,
  share,
  Subject,
  switchMap,
} from 'rxjs'
import type { HttpClient } from '../../http/index.js'
import { Asker } from './asker.js'
import { ConsulClient } from './client.js'
import type { Connections } from './connections.js'
import type { ConsulEndpoint } from './endpoint.js'
import { asCatalog, asDatacenter, asServiceEntries } from './entry.js'
import { type FollowOptions, follow, type Watched } from './follow.js'
import { LabelNames } from './label-names.js'
import type { ConsulMetrics } from './metrics.js'
import type { Outage } from './outage.js'
import type { Send } from './papi-transport.js'
import {
  catalogRequest,
  type QueryConfig,
  serviceRequest,
  type Table,
  tableRequest,
} from './query.js'
import { sendThrough } from './send.js'
import { ServiceSnapshot } from './snapshot.js'
import { Tide } from './change-signal.js'

/** How often a table may be asked about, in milliseconds; and asked blindly when it gives no answer. */
const tablePaceMs = 2_000
const blindMs = 30_000

/** Names of services, and the tags that their instances have. */
export type Catalog = ReadonlyMap<string, readonly string[]>

export interface LinkOptions {
  readonly endpoint: ConsulEndpoint
  readonly http: HttpClient
  /** For requests that wait. */
  readonly waitingHttp: HttpClient
  readonly connections: Connections
  readonly outage: Outage
  readonly metrics: ConsulMetrics
  readonly scheduler: SchedulerLike
  readonly random: () => number
}

/**
 * All that goes on between muster and one Consul as one user. Watches of the same thing are one
 * watch, whoever subscribes; it ends with its last subscriber.
 */
export class Link {
  /** The datacenter of the agent that answers. Completes when it is known. */
  readonly datacenter: Observable<Watched<string>>
  /** How many connections there are, when they turn out to be too few. */
  readonly limits: Observable<number>
  readonly #options: LinkOptions
  readonly #requests = new Subject<void>()
  readonly #asker: Asker
  readonly #tide: Tide
  readonly #names = new LabelNames()
  readonly #watches = new Map<string, Observable<Watched<unknown>>>()

  constructor(options: LinkOptions) {
    const { http, waitingHttp, connections, metrics, scheduler } = options
    this.#options = options
    const tables = (['services', 'checks', 'nodes'] as const).map((table) => this.#table(table))
    this.#tide = new Tide(combineLatest(tables))
    this.#asker = new Asker({
      client: this.#client(http),
      waitingClient: this.#client(waitingHttp),
      connections,
      tide: this.#tide,
      metrics,
      scheduler,
    })
    this.limits = connections.limits
    this.datacenter = this.#follow({
      ask: (index, signal) =>
        this.#asker.direct(() => ({ path: '/agent/self', query: {} }))(index, signal),
      read: (answer) => asDatacenter(answer.json()),
      refreshInterval: blindMs,
      once: true,
    }).pipe(share({ connector: () => new ReplaySubject(1), resetOnComplete: false }))
  }

  /** Emits for each request that goes out, whoever's watch it is for: watches are shared. */
  get requests(): Observable<void> {
    return this.#requests.asObservable()
  }

  /** The names of all services. */
  catalog(config: QueryConfig): Observable<Watched<Catalog>> {
    const { filter, node_meta, refresh_interval: refreshInterval } = config
    return this.#shared(['catalog', filter, node_meta, refreshInterval], () =>
      this.#follow({
        ask: this.#asker.direct(
          (i) => catalogRequest(this.#options.endpoint, config, i),
          'services',
        ),
        read: (answer) => asCatalog(answer.json()),
        refreshInterval,
      }),
    )
  }

  /** The instances of one service. */
  service(
    name: string,
    datacenter: string,
    config: QueryConfig,
  ): Observable<Watched<ServiceSnapshot>> {
    const { tags, health_filter, node_meta, refresh_interval: refreshInterval } = config
    const { endpoint } = this.#options
    const key = ['service', name, datacenter, tags, health_filter, node_meta, refreshInterval]
    return this.#shared(key, () =>
      this.#follow({
        ask: this.#asker.shared((i) => serviceRequest(endpoint, config, name, i), 'service'),
        read: (answer) =>
          new ServiceSnapshot(name, datacenter, asServiceEntries(answer.json()), this.#names),
        refreshInterval,
      }),
    )
  }

  /** Nobody watches any more: frees what is left. */
  async close(): Promise<void> {
    this.#tide.stop()
    const { http, waitingHttp } = this.#options
    await Promise.all([http.close(), waitingHttp.close()])
  }

  #client(http: HttpClient): ConsulClient {
    const { endpoint } = this.#options
    const send = sendThrough(http, endpoint)
    const counted: Send = (request) => {
      this.#requests.next()
      return send(request)
    }
    return new ConsulClient(endpoint.pathPrefix, counted)
  }

  /** Emits when a table changed; now and then, blindly, while Consul does not tell. */
  #table(table: Table): Observable<unknown> {
    const { endpoint, scheduler } = this.#options
    return this.#follow({
      ask: (index, signal) =>
        this.#asker.direct((i) => tableRequest(endpoint, table, i))(index, signal),
      read: (answer) => answer.index,
      refreshInterval: tablePaceMs,
    }).pipe(
      switchMap(({ value, error }) =>
        error === undefined
          ? of(`index ${String(value)}`)
          : interval(blindMs, scheduler).pipe(map((n) => `blind ${String(n)}`)),
      ),
      distinctUntilChanged(),
    )
  }

  #follow<T>(
    options: Pick<FollowOptions<T>, 'ask' | 'read' | 'refreshInterval' | 'once'>,
  ): Observable<Watched<T>> {
    const { outage, scheduler, random } = this.#options
    return follow({ ...options, outage, scheduler, random })
  }

  #shared<T>(key: unknown, make: () => Observable<Watched<T>>): Observable<Watched<T>> {
    const name = JSON.stringify(key)
    // The key holds all that decides what is watched, so that what is found is of the same type.
    const known = this.#watches.get(name) as Observable<Watched<T>> | undefined
    if (known !== undefined) return known
    const watch = make().pipe(
      finalize(() => this.#watches.delete(name)),
      share({ connector: () => new ReplaySubject(1) }),
    )
    this.#watches.set(name, watch)
    return watch
  }
}
