import {
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
  switchMap,
  take,
  tap,
} from 'rxjs'
import type { Discoverer, DiscovererContext, Finding } from '../../discovery/mechanism.js'
import type { ConsulConfig } from './config.js'
import type { Watched } from './follow.js'
import type { Catalog, Link } from './link.js'
import type { Links } from './links.js'
import { ServiceSet, type WantedServices } from './service-set.js'
import type { ServiceSnapshot } from './snapshot.js'
import { WatchErrors } from './watch-errors.js'

/** Finds the instances of Consul's services, and follows them by blocking queries. */
export class ConsulDiscoverer implements Discoverer {
  readonly #config: ConsulConfig
  readonly #context: DiscovererContext
  readonly #links: Links

  constructor(config: ConsulConfig, context: DiscovererContext, links: Links) {
    this.#config = config
    this.#context = context
    this.#links = links
  }

  /** Goes on through failures of every kind, and never errors: what was found stays. */
  findings(): Observable<Finding> {
    return this.#links.use(this.#config, (link) => this.#found(link))
  }

  #found(link: Link): Observable<Finding> {
    const { tag_separator: separator, tags } = this.#config
    const { scheduler } = this.#context
    const errors = new WatchErrors(this.#context)
    const set = new ServiceSet({ separator, scheduler, errors, tags: tags.join(',') })
    // Where it has to be asked for, the datacenter comes first: it is a label of every target.
    const found = this.#datacenter(link).pipe(
      connect((datacenter) =>
        merge(
          datacenter.pipe(noting(errors, 'datacenter', 'Error retrieving datacenter name')),
          datacenter.pipe(
            map(({ value }) => value),
            filter((value) => value !== undefined),
            take(1),
            switchMap((value) => this.#services(link, value, set, errors)),
          ),
        ),
      ),
      judging(() => set.isHeard && errors.isEmpty),
    )
    return merge(this.#warnings(link), this.#counting(link), found)
  }

  /** Only for the label: a datacenter that was found out is not sent with requests. */
  #datacenter(link: Link): Observable<Watched<string>> {
    const { datacenter } = this.#config
    if (datacenter === '') return link.datacenter
    return of({ value: datacenter, error: undefined, nextTry: undefined })
  }

  /**
   * Follows the services that are wanted. With nothing but names configured there is no need to ask
   * for the catalog: a service that does not exist has no instances.
   */
  #services(
    link: Link,
    datacenter: string,
    set: ServiceSet,
    errors: WatchErrors,
  ): Observable<Finding> {
    const { services, tags, filter: expression } = this.#config
    const named = new Set(services)
    const watch = (name: string): Observable<Watched<ServiceSnapshot>> =>
      link.service(name, datacenter, this.#config)
    if (named.size > 0 && tags.length === 0 && expression === '') {
      return set.findings(merge(of({ wanted: named, exists: () => true }), NEVER), watch)
    }
    return link.catalog(this.#config).pipe(
      connect((catalog) => {
        const wanted = catalog.pipe(
          map(({ value }) => value),
          filter((value) => value !== undefined),
          distinctUntilChanged(),
          map((value): WantedServices => {
            return { wanted: this.#select(value), exists: (name) => value.has(name) }
          }),
        )
        return merge(
          catalog.pipe(noting(errors, 'catalog', 'Error refreshing service list')),
          set.findings(wanted, watch),
        )
      }),
    )
  }

  /** The services of a catalog that have one of the names and all of the tags that are configured. */
  #select(catalog: Catalog): ReadonlySet<string> {
    const { services, tags } = this.#config
    const named = new Set(services)
    const chosen = Array.from(catalog)
      .filter(([name]) => named.size === 0 || named.has(name))
      .filter(([, has]) => tags.every((tag) => has.includes(tag)))
    return new Set(chosen.map(([name]) => name))
  }

  #warnings(link: Link): Observable<never> {
    return link.limits.pipe(
      tap((connections) => {
        this.#context.logger.warn(
          'Connections to Consul are limited: some services are asked for when something changed, not waited on',
          { connections, limit: 'limits.http_max_conns_per_client' },
        )
      }),
      ignoreElements(),
    )
  }

  /** Discoverers that share a Consul share its requests: each counts all of them. */
  #counting(link: Link): Observable<never> {
    return link.requests.pipe(
      tap(() => this.#context.countRequest?.()),
      ignoreElements(),
    )
  }
}

/** What a watch beside those of services says about the health of the whole. */
function noting(
  errors: WatchErrors,
  watch: string,
  message: string,
): (watched: Observable<Watched<unknown>>) => Observable<Finding> {
  return map((watched: Watched<unknown>) => errors.note(watch, watched, message))
}

/**
 * Says once, as soon as it holds, that everything was asked; and that all is well only from the first
 * groups on: before them there was no answer.
 */
function judging(isComplete: () => boolean): MonoTypeOperatorFunction<Finding> {
  return (findings) =>
    defer(() => {
      let isSaid = false
      let hasGroups = false
      return findings.pipe(
        map((finding): Finding => {
          hasGroups ||= finding.groups !== undefined
          if (!isSaid && isComplete()) {
            isSaid = true
            return { ...finding, complete: true }
          }
          return finding.trouble === null && !hasGroups ? {} : finding
        }),
        filter((finding) => Object.keys(finding).length > 0),
      )
    })
}
