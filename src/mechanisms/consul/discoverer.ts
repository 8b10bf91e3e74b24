import {
  concatMap,
  connect,
  defer,
  distinctUntilChanged,
  filter,
  ignoreElements,
  map,
  merge,
  type MonoTypeOperatorFunction,
  NEVER,
  type Observable,
  of,
  type OperatorFunction,
  switchMap,
  take,
  tap,
} from 'rxjs'
import type { Discoverer, DiscovererContext, Finding } from '../../discovery/mechanism.js'
import type { Steps } from '../../waiting/turns.js'
import type { Catalog } from './answers.js'
import { ConsulError } from './errors.js'
import type { ConsulConfig } from './section.js'
import { ServiceSet, type WantedServices } from './service-set.js'
import type { SharedClient } from './shared-client.js'
import type { SharedClients } from './shared-clients.js'
import type { ServiceSnapshot } from './snapshot.js'
import type { WatchState } from './watch.js'
import { WatchErrors } from './watch-errors.js'

/** How many services are chosen of a catalog between two chances to stop for a while. */
const stride = 1024

/** What there is memory for. */
export interface ConsulRoom {
  /** How many services may be watched: a catalog with more of those wanted is an error. */
  readonly mostServices: number
  /** What a catalog may make, in the weight of its JSON. */
  readonly maxWeight: number
}

/** Finds the instances of Consul's services, and watches them by blocking queries. */
export class ConsulDiscoverer implements Discoverer {
  readonly #config: ConsulConfig
  readonly #context: DiscovererContext
  readonly #clients: SharedClients
  readonly #room: ConsulRoom

  constructor(
    config: ConsulConfig,
    context: DiscovererContext,
    clients: SharedClients,
    room: ConsulRoom,
  ) {
    this.#config = config
    this.#context = context
    this.#clients = clients
    this.#room = room
  }

  /** Goes on through failures of every kind, and never errors: what was found stays. */
  findings(): Observable<Finding> {
    return this.#clients.use(this.#config, (client) =>
      merge(this.#warnings(client), this.#counting(client), this.#found(client)),
    )
  }

  #found(client: SharedClient): Observable<Finding> {
    const { tag_separator: separator, tags } = this.#config
    const { scheduler, turns } = this.#context
    const errors = new WatchErrors(this.#context)
    const set = new ServiceSet({ separator, scheduler, turns, errors, tags: tags.join(',') })
    // Where it has to be asked for, the datacenter comes first: it is a label of every target.
    return this.#datacenter(client).pipe(
      connect((datacenter) =>
        merge(
          datacenter.pipe(health(errors, 'datacenter', 'Error retrieving datacenter name')),
          datacenter.pipe(
            values(),
            take(1),
            switchMap((name) => this.#services(client, name, set, errors)),
          ),
        ),
      ),
      judged(() => set.isSettled && errors.isEmpty),
    )
  }

  /** Only for the label: a datacenter that was found out is not sent with requests. */
  #datacenter(client: SharedClient): Observable<WatchState<string>> {
    const { datacenter } = this.#config
    return datacenter === '' ? client.datacenter : of({ kind: 'ok', value: datacenter })
  }

  /**
   * Watches the services that are wanted. With nothing but names configured there is no need to ask
   * for the catalog: a service that does not exist has no instances.
   */
  #services(
    client: SharedClient,
    datacenter: string,
    set: ServiceSet,
    errors: WatchErrors,
  ): Observable<Finding> {
    const { services, tags, filter: expression } = this.#config
    const { turns } = this.#context
    const { maxWeight } = this.#room
    const named = new Set(services)
    const watch = (name: string): Observable<WatchState<ServiceSnapshot>> =>
      client.service(name, datacenter, this.#config)
    if (named.size > 0 && tags.length === 0 && expression === '') {
      return set.findings(merge(of({ wanted: named, exists: () => true }), NEVER), watch)
    }
    return client.catalog(this.#config, { turns, maxWeight }).pipe(
      this.#selected(),
      connect((catalog) => {
        const wanted = catalog.pipe(values(), distinctUntilChanged())
        return merge(
          catalog.pipe(health(errors, 'catalog', 'Error refreshing service list')),
          set.findings(wanted, watch),
        )
      }),
    )
  }

  /** What is wanted of each catalog; one of which too much is wanted counts as an answer of no use. */
  #selected(): OperatorFunction<WatchState<Catalog>, WatchState<WantedServices>> {
    return (catalogs) =>
      defer(() => {
        const lane = this.#context.turns.lane()
        const { mostServices } = this.#room
        let catalog: Catalog | undefined
        let wanted: WantedServices | undefined
        const judge = function* (
          this: ConsulDiscoverer,
          state: WatchState<Catalog>,
        ): Steps<void, WatchState<WantedServices>> {
          const { value } = state
          if (value !== undefined && value !== catalog) {
            const selected = yield* this.#select(value)
            catalog = value
            wanted = { wanted: selected, exists: (name) => value.has(name) }
          }
          if (wanted !== undefined && wanted.wanted.size > mostServices) {
            const error = tooMany(wanted.wanted.size, mostServices)
            yield { kind: 'failing', value: undefined, error, nextTry: undefined }
          } else if (state.kind === 'failing') yield { ...state, value: wanted }
          else yield { kind: 'ok', value: wanted ?? none }
        }
        return catalogs.pipe(concatMap((state) => lane.run(() => judge.call(this, state))))
      })
  }

  /** The services of a catalog that have one of the names and all of the tags that are configured. */
  *#select(catalog: Catalog): Steps<ReadonlySet<string>> {
    const { services, tags } = this.#config
    const named = new Set(services)
    const chosen = new Set<string>()
    let seen = 0
    for (const [name, has] of catalog) {
      const isNamed = named.size === 0 || named.has(name)
      if (isNamed && tags.every((tag) => has.includes(tag))) chosen.add(name)
      seen += 1
      if (seen % stride === 0) yield
    }
    return chosen
  }

  #warnings(client: SharedClient): Observable<never> {
    return client.connectionLimits.pipe(
      tap((connections) => {
        this.#context.logger.warn(
          'Connections to Consul are limited: some services are asked for when something changed, not waited on',
          { connections, limit: 'limits.http_max_conns_per_client' },
        )
      }),
      ignoreElements(),
    )
  }

  /** Discoverers that share a client share its requests: each counts all of them. */
  #counting(client: SharedClient): Observable<never> {
    return client.requests.pipe(
      tap(() => this.#context.countRequest?.()),
      ignoreElements(),
    )
  }
}

const none: WantedServices = { wanted: new Set(), exists: () => false }

function tooMany(found: number, most: number): ConsulError {
  const message =
    `${String(found)} services are wanted, and there is memory for ${String(most)}: ` +
    "name them, or give more by Node's --max-old-space-size"
  return new ConsulError(message, 'answer')
}

/** The good answers of a watch. */
function values<T>(): OperatorFunction<WatchState<T>, T> {
  return (states) =>
    states.pipe(
      map(({ value }) => value),
      filter((value) => value !== undefined),
    )
}

/** What a watch other than those of services means for the health of the whole. */
function health(
  errors: WatchErrors,
  watch: string,
  message: string,
): OperatorFunction<WatchState<unknown>, Finding> {
  return map((state: WatchState<unknown>) => errors.record(watch, state, message))
}

/**
 * Says once, as soon as it holds, that everything was asked; and that all is well only from the first
 * groups on: before them there was no answer.
 */
function judged(isComplete: () => boolean): MonoTypeOperatorFunction<Finding> {
  return (findings) =>
    defer(() => {
      let answer: 'none' | 'some groups' | 'complete' = 'none'
      return findings.pipe(
        map((finding): Finding => {
          if (answer === 'none' && finding.groups !== undefined) answer = 'some groups'
          if (answer !== 'complete' && isComplete()) {
            answer = 'complete'
            return { ...finding, complete: true }
          }
          return finding.trouble === null && answer === 'none' ? {} : finding
        }),
        filter((finding) => Object.keys(finding).length > 0),
      )
    })
}
