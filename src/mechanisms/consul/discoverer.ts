import {
  distinctUntilChanged,
  filter,
  ignoreElements,
  map,
  merge,
  NEVER,
  type Observable,
  of,
  switchMap,
  take,
  tap,
} from 'rxjs'
import type { Discoverer } from '../../discovery/mechanism.js'
import type { DiscovererContext } from '../../discovery/mechanism.js'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import type { ConsulConfig } from './config.js'
import type { Catalog, Link } from './link.js'
import type { Links } from './links.js'
import { serviceGroups, type WantedServices } from './service-set.js'
import { Troubles } from './watch-errors.js'

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
  groups(): Observable<readonly TargetGroup[]> {
    return this.#links.use(this.#config, (link) => {
      const troubles = new Troubles(this.#context)
      const found = this.#datacenter(link, troubles).pipe(
        switchMap((datacenter) => this.#services(link, datacenter, troubles)),
      )
      return merge(this.#warnings(link), this.#counting(link), found)
    })
  }

  #services(
    link: Link,
    datacenter: string,
    troubles: Troubles,
  ): Observable<readonly TargetGroup[]> {
    const tags = this.#config.tags.join(',')
    return serviceGroups({
      wanted: this.#wanted(link, troubles),
      watch: (name) => link.service(name, datacenter, this.#config),
      separator: this.#config.tag_separator,
      scheduler: this.#context.scheduler,
      noted: (name, watched) => {
        troubles.note(`service ${name}`, watched, 'Error refreshing service', {
          service: name,
          tags,
        })
      },
      dropped: (name) => troubles.forget(`service ${name}`),
    })
  }

  /** Only for the label: a datacenter that was found out is not sent with requests. */
  #datacenter(link: Link, troubles: Troubles): Observable<string> {
    const { datacenter } = this.#config
    if (datacenter !== '') return of(datacenter)
    return link.datacenter.pipe(
      tap((watched) => troubles.note('datacenter', watched, 'Error retrieving datacenter name')),
      map(({ value }) => value),
      filter((value) => value !== undefined),
      take(1),
    )
  }

  /**
   * Which services to watch. With nothing but names configured there is no need to ask for the
   * catalog: a service that does not exist has no instances.
   */
  #wanted(link: Link, troubles: Troubles): Observable<WantedServices> {
    const { services, tags, filter: expression } = this.#config
    const named = new Set(services)
    if (named.size > 0 && tags.length === 0 && expression === '') {
      return merge(of({ wanted: named, exists: () => true }), NEVER)
    }
    return link.catalog(this.#config).pipe(
      tap((watched) => troubles.note('catalog', watched, 'Error refreshing service list')),
      map(({ value }) => value),
      filter((catalog) => catalog !== undefined),
      distinctUntilChanged(),
      map((catalog) => ({ wanted: this.#select(catalog), exists: (name) => catalog.has(name) })),
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
