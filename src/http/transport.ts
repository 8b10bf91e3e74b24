import type { Buffer } from 'node:buffer'
import type { Agent } from 'undici'
import { unpacked } from './body.js'
import { directConnector, tunnelConnector } from './connect.js'
import type { Deadline } from './deadline.js'
import type { Environment } from './environment.js'
import { HttpError, toHttpError } from './errors.js'
import { exchange, type RawAnswer } from './exchange.js'
import { sharingAgent } from './sharing-agent.js'
import { redactUrl } from '../go/url.js'
import type { HeaderBag } from './headers.js'
import { type Proxy, type ProxyRoute, proxyRoute } from './proxy.js'
import type { ProxyConfig } from './proxy-config.js'
import type { HttpResponse } from './response.js'
import { OpenSockets } from './open-sockets.js'
import { naming } from './secret-source.js'
import { type TlsOptions, TlsSource } from './tls.js'
import type { TlsConfig } from './tls-config.js'

/** One request to one server, without redirects and credentials. */
export interface Hop {
  readonly url: URL
  readonly method: string
  readonly headers: HeaderBag
  readonly body?: string | Buffer
  readonly deadline: Deadline
  readonly maxBytes: number
  /** Do not send it again when a kept connection was lost. */
  readonly once?: boolean
}

/** What a transport is built from. */
export interface TransportConfig {
  readonly tls_config: TlsConfig
  readonly proxy: ProxyConfig
  readonly enable_http2: boolean
}

/** How a server is reached: straight, by asking a proxy for the URL, or through a tunnel it opens. */
type Way = 'direct' | 'forward' | 'tunnel'

const noProxy: ProxyRoute = () => undefined

/** As in Go; beyond any polling interval that makes sense. */
const keepAliveMs = 300_000

type MakeAgent = (way: Way, proxy: Proxy | undefined, sockets: OpenSockets) => Agent

/** The connections made with one state of the TLS files: straight ones, and those through each proxy. */
class Connections {
  readonly version: number
  readonly #make: MakeAgent
  readonly #agents = new Map<string, Agent>()
  readonly #sockets = new OpenSockets()

  constructor(version: number, make: MakeAgent) {
    this.version = version
    this.#make = make
  }

  agent(way: Way, proxy?: Proxy): Agent {
    const key = `${way} ${proxy?.origin ?? ''}`
    const agent = this.#agents.get(key) ?? this.#make(way, proxy, this.#sockets)
    this.#agents.set(key, agent)
    return agent
  }

  /** Lets what runs finish, and opens nothing new. */
  async retire(): Promise<void> {
    await Promise.all(Array.from(this.#agents.values(), (agent) => agent.close()))
  }

  async destroy(): Promise<void> {
    const agents = Array.from(this.#agents.values(), (agent) => agent.destroy())
    this.#sockets.destroy()
    await Promise.all(agents)
  }
}

/** Sends requests over kept connections, with the TLS and proxy settings of a config. */
export class Transport {
  readonly #config: TransportConfig
  readonly #tls: TlsSource
  readonly #route: ProxyRoute
  readonly #socketPath: string | undefined
  readonly #retired = new Set<Connections>()
  #current: Connections
  #closed = false

  private constructor(
    config: TransportConfig,
    tls: TlsSource,
    route: ProxyRoute,
    socketPath: string | undefined,
  ) {
    this.#config = config
    this.#tls = tls
    this.#route = route
    this.#socketPath = socketPath
    this.#current = this.#connections()
  }

  /**
   * @param socketPath a unix socket for every connection; no proxy stands before it
   * @throws {HttpConfigError} when a certificate cannot be used, or the proxy is of an unknown kind
   */
  static open(config: TransportConfig, environment: Environment, socketPath?: string): Transport {
    const tls = TlsSource.open(config.tls_config, environment)
    const route = naming('unable to use proxy', () => proxyRoute(config.proxy, environment))
    return new Transport(config, tls, socketPath === undefined ? route : noProxy, socketPath)
  }

  /**
   * Sends one request and reads the whole answer. A GET that a kept connection lost before any
   * answer is sent once more, as Go does: the server had hung up in the meantime.
   * @throws {HttpError}; or the reason of the deadline when that is what ended it
   */
  async send(hop: Hop): Promise<HttpResponse> {
    try {
      try {
        return await this.#once(hop)
      } catch (error) {
        if (hop.once === true || !isStale(error)) throw error
        if (!['GET', 'HEAD'].includes(hop.method)) throw error
        return await this.#once(hop)
      }
    } catch (error) {
      hop.deadline.throwIfOver()
      throw toHttpError(error, `${hop.method} ${redactUrl(hop.url.href)}`)
    }
  }

  /** Cuts every connection. Safe to call twice. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#current, ...this.#retired].map((each) => each.destroy()))
  }

  async #once(hop: Hop): Promise<HttpResponse> {
    if (this.#closed) throw new HttpError('closed', 'the HTTP client is closed')
    const proxy = this.#route(hop.url)
    if (hop.url.protocol === 'https:' || proxy?.origin.startsWith('https:')) {
      await this.#tls.refresh(hop.deadline.signal)
      this.#followTls()
    }
    const { status, statusText, headers, body } = await this.#dispatch(hop, proxy)
    const header = (name: string): string | undefined => {
      const value = Object.hasOwn(headers, name) ? headers[name] : undefined
      return Array.isArray(value) ? value.join(', ') : value
    }
    const gzip = header('content-encoding')?.toLowerCase() === 'gzip' && hop.method !== 'HEAD'
    return {
      status,
      statusText,
      url: hop.url.href,
      header,
      body: gzip ? await inTime(unpacked(body, hop.maxBytes), hop.deadline) : body,
    }
  }

  #dispatch(hop: Hop, proxy: Proxy | undefined): Promise<RawAnswer> {
    const { url, method, headers, body = null } = hop
    const path = `${url.pathname}${url.search}`
    if (proxy?.kind === 'http' && url.protocol === 'http:') {
      // Without TLS a proxy takes the whole URL; a tunnel is for what it must not see.
      const auth = proxy.authorization
      const options = {
        method,
        body,
        origin: proxy.origin,
        path: `${url.origin}${path}`,
        headers: {
          ...headers,
          host: url.host,
          ...(auth === undefined ? {} : { 'proxy-authorization': auth }),
        },
      }
      return exchange(this.#current.agent('forward'), options, hop)
    }
    const agent = this.#current.agent(proxy === undefined ? 'direct' : 'tunnel', proxy)
    return exchange(agent, { method, body, origin: url.origin, path, headers }, hop)
  }

  #followTls(): void {
    if (this.#current.version === this.#tls.version) return
    const old = this.#current
    this.#current = this.#connections()
    this.#retired.add(old)
    const forget = (): void => {
      this.#retired.delete(old)
    }
    // Closing fails only for connections that are gone already.
    old.retire().then(forget, forget)
  }

  #connections(): Connections {
    const tls = (): TlsOptions => this.#tls.options()
    return new Connections(this.#tls.version, (way, proxy, sockets) => {
      // A proxy is spoken to in HTTP/1.1 whatever the server behind it speaks.
      const allowH2 = this.#config.enable_http2 && way !== 'forward'
      const straight = directConnector(tls, allowH2, sockets, this.#socketPath)
      const connect =
        proxy === undefined
          ? straight
          : tunnelConnector(
              proxy,
              () => this.#connectHeaders(),
              directConnector(tls, false, sockets),
              straight,
            )
      return sharingAgent(connect, {
        allowH2,
        keepAliveTimeout: keepAliveMs,
        // The deadline bounds the whole exchange.
        headersTimeout: 0,
        bodyTimeout: 0,
      })
    })
  }

  #connectHeaders(): Record<string, string[]> {
    return Object.fromEntries(
      Object.entries(this.#config.proxy.proxy_connect_header).map(([name, values]) => [
        name.toLowerCase(),
        values.map((value) => value.reveal()),
      ]),
    )
  }
}

function isStale(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE'
}

/** Waits for work that cannot be cancelled, but no longer than the deadline. */
function inTime<T>(work: Promise<T>, deadline: Deadline): Promise<T> {
  return new Promise((resolve, reject) => {
    deadline.throwIfOver()
    deadline.onEnd(reject)
    work.then(resolve, reject)
  })
}
