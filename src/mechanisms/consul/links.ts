import { finalize, Observable, type SchedulerLike } from 'rxjs'
import { createHttpClient, type HttpClient } from '../../http/index.js'
import { sameConfig } from '../../yaml/index.js'
import type { ConsulConfig } from './config.js'
import { Connections } from './connections.js'
import { type ConsulEndpoint, resolveEndpoint } from './endpoint.js'
import { Link } from './link.js'
import type { ConsulMetrics } from './metrics.js'
import { Outage } from './outage.js'

export interface LinksOptions {
  readonly metrics: ConsulMetrics
  readonly scheduler: SchedulerLike
  readonly random: () => number
  readonly userAgent: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** What identifies a link: where, as whom, and how. */
interface Identity {
  readonly endpoint: ConsulEndpoint
  readonly http: ConsulConfig['http']
}

interface Entry extends Identity {
  readonly link: Link
  users: number
}

interface Server {
  readonly connections: Connections
  readonly outage: Outage
  users: number
}

/** Shares links among discoverers: one for each user of each Consul, as long as somebody uses it. */
export class Links {
  readonly #options: LinksOptions
  readonly #entries = new Set<Entry>()
  /** By address: the users of one Consul share its connections, and its outages. */
  readonly #servers = new Map<string, Server>()

  constructor(options: LinksOptions) {
    this.#options = options
  }

  /** @throws when no link can come of this config: a bad server, a certificate that is missing */
  check(config: ConsulConfig): void {
    resolveEndpoint(config, this.#options.environment)
    // It opens nothing before the first request, so that there is nothing to close.
    this.#client(config, undefined)
  }

  /** The link of a config while there is a subscriber. */
  use<T>(config: ConsulConfig, work: (link: Link) => Observable<T>): Observable<T> {
    return new Observable((subscriber) => {
      const entry = this.#acquire(config)
      return work(entry.link)
        .pipe(finalize(() => this.#release(entry)))
        .subscribe(subscriber)
    })
  }

  #acquire(config: ConsulConfig): Entry {
    const identity = {
      endpoint: resolveEndpoint(config, this.#options.environment),
      http: config.http,
    }
    const known = [...this.#entries].find(({ endpoint, http }) =>
      sameConfig({ endpoint, http }, identity),
    )
    const entry = known ?? this.#open(identity, config)
    entry.users += 1
    return entry
  }

  #open(identity: Identity, config: ConsulConfig): Entry {
    const { metrics, scheduler, random } = this.#options
    const { endpoint } = identity
    const { connections, outage } = this.#server(endpoint)
    const http = this.#client(config, endpoint.socketPath)
    // Over HTTP/2 requests share connections, and those that wait take none away from the others.
    const isH2 = endpoint.origin.startsWith('https:') && config.http.enable_http2
    const link = new Link({
      endpoint,
      http,
      waitingHttp: isH2 ? http : this.#client(config, endpoint.socketPath),
      connections,
      outage,
      metrics,
      scheduler,
      random,
    })
    const entry = { ...identity, link, users: 0 }
    this.#entries.add(entry)
    return entry
  }

  #server(endpoint: ConsulEndpoint): Server {
    const { scheduler, random } = this.#options
    const address = addressOf(endpoint)
    const server = this.#servers.get(address) ?? {
      connections: new Connections(scheduler),
      outage: new Outage(scheduler, random),
      users: 0,
    }
    server.users += 1
    this.#servers.set(address, server)
    return server
  }

  #release(entry: Entry): void {
    entry.users -= 1
    if (entry.users > 0) return
    this.#entries.delete(entry)
    const address = addressOf(entry.endpoint)
    const server = this.#servers.get(address)
    if (server !== undefined) {
      server.users -= 1
      if (server.users === 0) this.#servers.delete(address)
    }
    // Every request of the link was aborted before; closing frees idle connections and cannot fail
    // in a way that anybody could act on.
    entry.link.close().catch(() => undefined)
  }

  #client(config: ConsulConfig, socketPath: string | undefined): HttpClient {
    const { userAgent, environment } = this.#options
    return createHttpClient(config.http, {
      userAgent,
      environment,
      ...(socketPath === undefined ? {} : { socketPath }),
    })
  }
}

function addressOf({ origin, socketPath }: ConsulEndpoint): string {
  return socketPath ?? origin
}
