import type { Buffer } from 'node:buffer'
import { basicValue } from './basic.js'
import type { HttpClientConfig } from './section/client.js'
import { createCredentials, type Credentials } from './credentials/credentials.js'
import { Deadline } from './deadline.js'
import type { Environment } from './environment.js'
import { HttpError } from './errors.js'
import { redactUrl } from '../go/url.js'
import { isHarmless, SentSecrets } from './sent-secrets.js'
import { configuredHeaders, type RequestHeaders, joinHeaders } from './headers.js'
import { createTokenSource } from './credentials/oauth2.js'
import { nextHop, type Hop } from './redirect.js'
import type { HttpResponse, HttpStream } from './response.js'
import { HttpTransport, type TransportRequest } from './transport/transport.js'

/** One request, with its bounds. */
export interface HttpRequest {
  /** A user and password in it are sent as basic auth, and win over those of the config. */
  readonly url: string
  /** Default GET. */
  readonly method?: string
  /** An `authorization` here wins over the config's. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** For all of it: connecting, redirects, the whole answer. */
  readonly timeoutMs: number
  /** Ends the request at once; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** The largest answer to accept, packed or unpacked; default 64 MiB. */
  readonly maxBytes?: number
  /** Ask for a compressed answer. */
  readonly gzip?: boolean
  /** Never send it a second time, not even when a kept connection was lost before any answer. */
  readonly once?: true
  /** What of its body is secret; the credentials in headers are known. No error shows it where a server repeats it. */
  readonly secrets?: readonly string[]
}

/** One request whose answer is read while it comes. */
export interface HttpStreamRequest
  extends Pick<HttpRequest, 'url' | 'method' | 'headers' | 'body' | 'once' | 'secrets'> {
  /** For connecting, redirects and the headers of the answer; milliseconds. */
  readonly timeoutMs: number
  /** The longest silence of the body while it is read; milliseconds, default without limit. */
  readonly idleMs?: number
  /** Ends the request, and later the body, at once with the signal's reason. */
  readonly signal?: AbortSignal
}

/** What the environment of a client gives it. */
export interface HttpClientOptions {
  /** The User-Agent; a request may name its own. */
  readonly userAgent: string
  /** For `proxy_from_environment` and `SSL_CERT_FILE`; default `process.env`. */
  readonly environment?: Environment
  /** A unix socket to connect to, whatever host a URL names. */
  readonly socketPath?: string
}

/** Sends requests as an HTTP client section says. */
export interface HttpClient {
  /**
   * Sends a request and reads the whole answer, of whatever status.
   * @throws {HttpError} by kind when there is no answer
   */
  request(request: HttpRequest): Promise<HttpResponse>
  /**
   * Sends a request and gives the answer, of whatever status, as soon as its headers are there. Its body
   * has to be read or cancelled, and may be of any length: the reader bounds what it keeps of it.
   * @throws {HttpError} by kind when there is no answer
   */
  stream(request: HttpStreamRequest): Promise<HttpStream>
  /** Cuts what is under way and frees every connection. Safe to call twice. */
  close(): Promise<void>
}

const defaultMaxBytes = 64 << 20

/** What a request for a whole answer and one for a stream have in common. */
type Request = Omit<HttpRequest, 'maxBytes'>

/** One of the requests that redirects make of one. */
type HopRequest = Omit<TransportRequest, 'maxBytes'>

/** A request at work, over all its redirects. */
interface Task {
  readonly request: Request
  readonly first: URL
  readonly deadline: Deadline
  readonly secrets: SentSecrets
}

class ConfiguredClient implements HttpClient {
  readonly #config: HttpClientConfig
  readonly #transport: HttpTransport
  readonly #credentials: Credentials | undefined
  readonly #userAgent: string

  constructor(
    config: HttpClientConfig,
    transport: HttpTransport,
    credentials: Credentials | undefined,
    userAgent: string,
  ) {
    this.#config = config
    this.#transport = transport
    this.#credentials = credentials
    this.#userAgent = userAgent
  }

  request(request: HttpRequest): Promise<HttpResponse> {
    const { maxBytes = defaultMaxBytes } = request
    return this.#inTime(request, (first, deadline, secrets) =>
      this.#follow({ request, first, deadline, secrets }, (hop) =>
        this.#transport.send({ ...hop, maxBytes }),
      ),
    )
  }

  stream(request: HttpStreamRequest): Promise<HttpStream> {
    const { signal, idleMs = Infinity } = request
    return this.#inTime(request, (first, deadline, secrets) =>
      this.#follow(
        { request, first, deadline, secrets },
        (hop) => this.#transport.stream({ ...hop, idleMs, signal }),
        (response) => response.cancel(),
      ),
    )
  }

  async #inTime<R>(
    request: Request,
    work: (url: URL, deadline: Deadline, secrets: SentSecrets) => Promise<R>,
  ): Promise<R> {
    const subject = (): string => `${request.method ?? 'GET'} ${redactUrl(request.url)}`
    const url = parsed(request.url)
    if (url === undefined) {
      throw new HttpError(
        'protocol',
        `${subject()}: not a URL that begins with http:// or https://`,
      )
    }
    const deadline = new Deadline(request.timeoutMs, subject, request.signal)
    const secrets = new SentSecrets(request.secrets)
    try {
      deadline.throwIfOver()
      return await secrets.around(() => work(url, deadline, secrets))
    } finally {
      deadline.clear()
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#transport.close(), this.#credentials?.close()])
  }

  /** @param discard what becomes of an answer that leads elsewhere */
  async #follow<R extends Omit<HttpResponse, 'body'>>(
    task: Task,
    send: (hop: HopRequest) => Promise<R>,
    discard?: (response: R) => void,
  ): Promise<R> {
    const { request, first } = task
    let hop: Hop = {
      url: first,
      method: request.method ?? 'GET',
      withBody: request.body !== undefined,
      trusted: true,
    }
    for (let count = 0; ; count += 1) {
      const response = await send(await this.#requestOf(task, hop))
      let next: Hop | undefined
      try {
        next = this.#config.follow_redirects ? nextHop(first, hop, response, count) : undefined
        if (next === undefined) return response
      } catch (error) {
        discard?.(response)
        throw error
      }
      discard?.(response)
      hop = next
    }
  }

  async #requestOf(task: Task, hop: Hop): Promise<HopRequest> {
    const { request, deadline, secrets } = task
    const { withBody, method } = hop
    return {
      url: bare(hop.url),
      method,
      deadline,
      secrets,
      headers: await this.#headers(task, hop),
      once: request.once ?? false,
      ...(withBody && request.body !== undefined ? { body: request.body } : {}),
    }
  }

  async #headers({ request, deadline, secrets }: Task, hop: Hop): Promise<RequestHeaders> {
    const own = Object.fromEntries(
      Object.entries(request.headers ?? {})
        .map(([name, value]) => [name.toLowerCase(), value] as const)
        .filter(([name]) => hop.trusted || isHarmless(name)),
    )
    const { plain, secret } = await configuredHeaders(this.#config.http_headers, deadline)
    const base: RequestHeaders = {
      'user-agent': this.#userAgent,
      ...(request.gzip === true ? { 'accept-encoding': 'gzip' } : {}),
      ...own,
    }
    if (!hop.trusted) return joinHeaders(base, plain)
    const headers = joinHeaders(joinHeaders(base, plain), secret)
    secrets.addHeaders(headers, plain)
    if (Object.hasOwn(own, 'authorization')) return headers
    const authorization =
      userinfo(hop.url) ?? (await this.#credentials?.authorization(deadline.signal))
    if (authorization === undefined) return headers
    secrets.addHeaders({ authorization })
    return { ...headers, authorization }
  }
}

function parsed(text: string): URL | undefined {
  try {
    const url = new URL(text)
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined
  } catch {
    // The caller says so in words of its own.
    return undefined
  }
}

/** The URL without what is not for the request line. */
function bare(url: URL): URL {
  if (url.username === '' && url.password === '' && url.hash === '') return url
  const copy = new URL(url)
  copy.username = ''
  copy.password = ''
  copy.hash = ''
  return copy
}

function userinfo(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined
  return basicValue(decodeURIComponent(url.username), decodeURIComponent(url.password))
}

/**
 * Builds the client of an HTTP client section.
 * @throws {HttpConfigError} when it cannot work as it is: a certificate file is missing or of no
 * use, a secret reference, a proxy of an unknown kind. A missing credential file fails requests only.
 */
export function createHttpClient(config: HttpClientConfig, options: HttpClientOptions): HttpClient {
  const environment = options.environment ?? process.env
  const transport = HttpTransport.open(config, environment, options.socketPath)
  const credentials = createCredentials(config, (oauth2) =>
    createTokenSource(oauth2, options.userAgent, environment),
  )
  return new ConfiguredClient(config, transport, credentials, options.userAgent)
}
