import { finalize, Observable, type SchedulerLike } from 'rxjs'
import { createHttpClient, type HttpClient } from '../../http/index.js'
import { sameConfig } from '../../yaml/index.js'
import { CircuitBreaker } from './circuit-breaker.js'
import { type ConsulEndpoint, resolveEndpoint } from './endpoint.js'
import type { ConsulMetrics } from './metrics.js'
import type { ConsulConfig } from './section.js'
import { ServerConnections } from './server-connections.js'
import { SharedClient } from './shared-client.js'

export interface SharedClientsOptions {
  readonly metrics: ConsulMetrics
  readonly scheduler: SchedulerLike
  readonly random: () => number
  readonly userAgent: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** What makes two clients the same: where they ask, as which user, and how. */
interface Identity {
  readonly endpoint: ConsulEndpoint
  readonly http: ConsulConfig['http']
}

interface ClientInUse extends Identity {
  readonly client: SharedClient
  users: number
}

interface ServerInUse {
  readonly connections: ServerConnections
  readonly breaker: CircuitBreaker
  clients: number
}

/** Shares clients among discoverers: one for each user of each Consul server, while it is in use. */
export class SharedClients {
  readonly #options: SharedClientsOptions
  readonly #clients = new Set<ClientInUse>()
  /** By address: the clients of one server share its connections and its circuit breaker. */
  readonly #servers = new Map<string, ServerInUse>()

  constructor(options: SharedClientsOptions) {
    this.#options = options
  }

  /** @throws when there can be no client for this config: a bad server, a certificate that is missing */
  check(config: ConsulConfig): void {
    resolveEndpoint(config, this.#options.environment)
    // It opens nothing before the first request, so that there is nothing to close.
    this.#httpClient(config, undefined)
  }

  /** What is made of the client of a config; it stays open while there is a subscriber. */
  use<T>(config: ConsulConfig, work: (client: SharedClient) => Observable<T>): Observable<T> {
    return new Observable((subscriber) => {
      const inUse = this.#acquire(config)
      return work(inUse.client)
        .pipe(finalize(() => this.#release(inUse)))
        .subscribe(subscriber)
    })
  }

  #acquire(config: ConsulConfig): ClientInUse {
    const identity = {
      endpoint: resolveEndpoint(config, this.#options.environment),
      http: config.http,
    }
    const known = [...this.#clients].find(({ endpoint, http }) =>
      sameConfig({ endpoint, http }, identity),
    )
    const inUse = known ?? this.#open(identity, config)
    inUse.users += 1
    return inUse
  }

  #open(identity: Identity, config: ConsulConfig): ClientInUse {
    const { metrics, scheduler, random } = this.#options
    const { endpoint } = identity
    const { connections, breaker } = this.#server(endpoint)
    const http = this.#httpClient(config, endpoint.socketPath)
    // Over HTTP/2 requests share connections, and blocking queries take none away from others.
    const isH2 = endpoint.origin.startsWith('https:') && config.http.enable_http2
    const client = new SharedClient({
      endpoint,
      http,
      blockingHttp: isH2 ? http : this.#httpClient(config, endpoint.socketPath),
      connections,
      breaker,
      metrics,
      scheduler,
      random,
    })
    const inUse = { ...identity, client, users: 0 }
    this.#clients.add(inUse)
    return inUse
  }

  #server(endpoint: ConsulEndpoint): ServerInUse {
    const { scheduler, random } = this.#options
    const address = addressOf(endpoint)
    const server = this.#servers.get(address) ?? {
      connections: new ServerConnections(scheduler),
      breaker: new CircuitBreaker(scheduler, random),
      clients: 0,
    }
    server.clients += 1
    this.#servers.set(address, server)
    return server
  }

  #release(inUse: ClientInUse): void {
    inUse.users -= 1
    if (inUse.users > 0) return
    this.#clients.delete(inUse)
    const address = addressOf(inUse.endpoint)
    const server = this.#servers.get(address)
    if (server !== undefined) {
      server.clients -= 1
      if (server.clients === 0) this.#servers.delete(address)
    }
    // Every request of the client was aborted before; closing frees idle connections, and there is
    // nothing to do about one that fails.
    inUse.client.close().catch(() => undefined)
  }

  #httpClient(config: ConsulConfig, socketPath: string | undefined): HttpClient {
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
