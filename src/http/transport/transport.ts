import { type Buffer, isUtf8 } from 'node:buffer'
import type { Agent, buildConnector, Dispatcher } from 'undici'
import { directConnector, tunnelConnector, withSecondLook } from './connect.js'
import type { Deadline } from '../deadline.js'
import type { Environment } from '../environment.js'
import { HttpError, toHttpError } from '../errors.js'
import { mostHeadBytes } from './lenient-parser.js'
import { openStream } from './open-stream.js'
import { gunzipBody, type RawResponse, sendRequest } from './send-request.js'
import { sharingAgent } from './sharing-agent.js'
import { redactUrl } from '../../go/url.js'
import type { SentSecrets } from '../sent-secrets.js'
import type { RequestHeaders } from '../headers.js'
import { type Proxy, type ProxyRoute, proxyRoute } from './proxy.js'
import type { ProxyConfig } from '../section/proxy.js'
import type { HttpResponse, HttpStream } from '../response.js'
import { OpenSockets } from './open-sockets.js'
import { wrapErrors } from '../secret-source.js'
import { type TlsOptions, TlsSource } from './tls.js'
import type { TlsConfig } from '../section/tls.js'

/** What a request for a whole answer and one for a stream have in common. */
interface AnyRequest {
  readonly url: URL
  readonly method: string
  readonly headers: RequestHeaders
  readonly body?: string | Buffer
  readonly deadline: Deadline
  /** What no text of the answer may show. */
  readonly secrets: SentSecrets
  /** Do not send it again when a kept connection was lost. */
  readonly once?: boolean
}

/** One request to one server, without redirects and credentials. */
export interface TransportRequest extends AnyRequest {
  readonly maxBytes: number
}

/** The same for an answer that is read while it comes. */
export interface TransportStreamRequest extends AnyRequest {
  /** How long its body may stay silent; milliseconds. */
  readonly idleMs: number
  readonly signal: AbortSignal | undefined
}

/** What a transport is built from. */
export interface TransportConfig {
  readonly tls_config: TlsConfig
  readonly proxy: ProxyConfig
  readonly enable_http2: boolean
}

/** How a server is reached: straight, by asking a proxy for the URL, or through a tunnel it opens. */
type RouteKind = 'direct' | 'forward' | 'tunnel'

const noProxy: ProxyRoute = () => undefined

/** As in Go; beyond any polling interval that makes sense. */
const keepAliveMs = 300_000

type Connector = buildConnector.connector

type MakeAgent = (kind: RouteKind, proxy: Proxy | undefined, sockets: OpenSockets) => Agent

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

  agent(kind: RouteKind, proxy?: Proxy): Agent {
    const key = `${kind} ${proxy?.origin ?? ''}`
    const agent = this.#agents.get(key) ?? this.#make(kind, proxy, this.#sockets)
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
export class HttpTransport {
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
  static open(
    config: TransportConfig,
    environment: Environment,
    socketPath?: string,
  ): HttpTransport {
    const tls = TlsSource.open(config.tls_config, environment)
    const route = wrapErrors('unable to use proxy', () => proxyRoute(config.proxy, environment))
    return new HttpTransport(config, tls, socketPath === undefined ? route : noProxy, socketPath)
  }

  /**
   * Sends one request and reads the whole answer. A GET that a kept connection lost before any
   * answer is sent once more, as Go does: the server had hung up in the meantime.
   * @throws {HttpError}; or the reason of the deadline when that is what ended it
   */
  send(request: TransportRequest): Promise<HttpResponse> {
    return this.#retried(request, () => this.#once(request))
  }

  /**
   * Sends one request and gives the answer when its headers are there, its body as the server sent it.
   * @throws as `send` does; reading the body throws an {@link HttpError}, or the reason of the signal
   */
  stream(request: TransportStreamRequest): Promise<HttpStream> {
    const { idleMs, signal, deadline, secrets } = request
    return this.#retried(request, async () => {
      const limits = { idleMs, signal, deadline, subject: secrets.conceal(subjectOf(request)) }
      const answer = await this.#dispatch(request, (agent, options) =>
        openStream(agent, options, limits),
      )
      return { ...headOf(request, answer), body: answer.body, cancel: () => answer.body.destroy() }
    })
  }

  async #retried<R>(request: AnyRequest, once: () => Promise<R>): Promise<R> {
    try {
      try {
        return await once()
      } catch (error) {
        if (request.once === true || !isStale(error)) throw error
        if (!['GET', 'HEAD'].includes(request.method)) throw error
        return await once()
      }
    } catch (error) {
      request.deadline.throwIfOver()
      throw toHttpError(error, subjectOf(request))
    }
  }

  /** Cuts every connection. Safe to call twice. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#current, ...this.#retired].map((each) => each.destroy()))
  }

  async #once(request: TransportRequest): Promise<HttpResponse> {
    const answer = await this.#dispatch(request, (agent, options) =>
      sendRequest(agent, options, request),
    )
    const { body } = answer
    const head = headOf(request, answer)
    if (request.method === 'HEAD') return { ...head, body }
    if (request.url.protocol === 'http:' && wantsTls(head.status, body)) {
      throw new HttpError(
        'protocol',
        `${subjectOf(request)}: the server speaks TLS on this port: write https:// (scheme: https)`,
      )
    }
    return { ...head, body: await this.#unpacked(request, head, body) }
  }

  async #unpacked(
    request: TransportRequest,
    { header }: Omit<HttpResponse, 'body'>,
    body: Buffer,
  ): Promise<Buffer> {
    const encoding = header('content-encoding')?.toLowerCase() ?? ''
    if (/^(?:x-)?gzip$/.test(encoding)) {
      return await inTime(gunzipBody(body, request.maxBytes), request.deadline)
    }
    // Go takes no notice of a label that it does not know: what is text is taken for it.
    if (encoding === '' || isText(body)) return body
    throw new HttpError(
      'protocol',
      `${subjectOf(request)}: the answer is packed as ${JSON.stringify(encoding)} (Content-Encoding), which was not asked for; only gzip can be read: have the server, or what stands before it, send it as it is`,
    )
  }

  async #dispatch<R>(
    request: AnyRequest,
    send: (agent: Agent, options: Dispatcher.DispatchOptions) => Promise<R>,
  ): Promise<R> {
    if (this.#closed) throw new HttpError('closed', 'the HTTP client is closed')
    const proxy = this.#route(request.url)
    if (proxy !== undefined) this.#addSecretsOf(proxy, request.secrets)
    if (request.url.protocol === 'https:' || proxy?.origin.startsWith('https:')) {
      await this.#tls.refresh(request.deadline.signal)
      this.#followTls()
    }
    const { url, method, headers, body = null } = request
    const path = `${url.pathname}${url.search}`
    if (proxy?.kind === 'http' && url.protocol === 'http:') {
      // Without TLS a proxy takes the whole URL; a tunnel is for what it must not see.
      const auth = proxy.authorization
      return send(this.#current.agent('forward'), {
        method,
        body,
        origin: proxy.origin,
        path: `${url.origin}${path}`,
        headers: {
          ...headers,
          host: url.host,
          ...(auth === undefined ? {} : { 'proxy-authorization': auth }),
        },
      })
    }
    const agent = this.#current.agent(proxy === undefined ? 'direct' : 'tunnel', proxy)
    return send(agent, { method, body, origin: url.origin, path, headers })
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
    return new Connections(this.#tls.version, (kind, proxy, sockets) => {
      // A proxy is spoken to in HTTP/1.1 whatever the server behind it speaks.
      const allowH2 = this.#config.enable_http2 && kind !== 'forward'
      const route = (options: () => TlsOptions): Connector => {
        const straight = directConnector(options, allowH2, sockets, this.#socketPath)
        if (proxy === undefined) return straight
        const toProxy = directConnector(tls, false, sockets)
        return tunnelConnector(proxy, () => this.#connectHeaders(), toProxy, straight)
      }
      let looks: readonly { readonly after: string; readonly connect: Connector }[] | undefined
      const connect = withSecondLook(route(tls), () => {
        looks ??= this.#tls
          .secondLooks()
          .map((look) => ({ after: look.after, connect: route(() => look) }))
        return looks
      })
      return sharingAgent(connect, {
        allowH2,
        keepAliveTimeout: keepAliveMs,
        // The deadline bounds the whole sendRequest.
        headersTimeout: 0,
        bodyTimeout: 0,
        // They are bounded before they are parsed.
        maxHeaderSize: mostHeadBytes,
      })
    })
  }

  #addSecretsOf({ authorization, password }: Proxy, secrets: SentSecrets): void {
    secrets.add(password)
    if (authorization !== undefined) secrets.addHeaders({ authorization })
    secrets.addHeaders(this.#connectHeaders())
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

function subjectOf({ method, url }: AnyRequest): string {
  return `${method} ${redactUrl(url.href)}`
}

/** The status line and the headers of an answer. */
function headOf(
  { url, secrets }: AnyRequest,
  { status, statusText, headers }: Omit<RawResponse, 'body'>,
): Omit<HttpResponse, 'body'> {
  return {
    status,
    statusText: secrets.conceal(statusText),
    url: secrets.conceal(url.href),
    withoutSecrets: (text) => secrets.conceal(text),
    header(name) {
      const value = Object.hasOwn(headers, name) ? headers[name] : undefined
      return (Array.isArray(value) ? value[0] : value)?.trim()
    },
  }
}

function isStale(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE'
}

/** Whether a server says that it was spoken to without TLS: Go's, nginx, Apache and Tomcat do. */
function wantsTls(status: number, body: Buffer): boolean {
  if (status !== 400) return false
  return /to an HTTPS server|to HTTPS port|to an SSL-enabled server port|requires TLS/.test(
    body.toString('latin1', 0, 4096),
  )
}

/** Whether a body may be text: packed bytes are not UTF-8, or have control characters at once. */
function isText(body: Buffer): boolean {
  // oxlint-disable-next-line no-control-regex -- these are what text does not have
  return isUtf8(body) && !/[\0-\x08\x0e-\x1f]/.test(body.toString('latin1', 0, 512))
}

/** Waits for work that cannot be cancelled, but no longer than the deadline. */
function inTime<T>(work: Promise<T>, deadline: Deadline): Promise<T> {
  return new Promise((resolve, reject) => {
    deadline.throwIfOver()
    deadline.onEnd(reject)
    work.then(resolve, reject)
  })
}
