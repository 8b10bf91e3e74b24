import { Buffer } from 'node:buffer'
import Consul from 'consul'
import { type Observable, Subject } from 'rxjs'
import { type HttpClient, parseRetryAfter } from '../../http/index.js'
import { errorMessage } from '../../telemetry/error-text.js'
import type { ConsulEndpoint } from './endpoint.js'
import { parseAnswer } from './answers.js'
import { ConsulError, type ConsulFault } from './errors.js'
import {
  type OutgoingRequest,
  type PapiResponse,
  type PapiTransport,
  papiTransport,
  type RequestLimits,
  type SendRequest,
} from './papi-transport.js'
import { abortReason } from '../../waiting/abort-reason.js'

// A hundred thousand instances of one service with long check outputs fit in.
const maxBytes = 256 * 1024 * 1024

/** One GET of Consul's HTTP API. */
export interface ConsulRequest {
  /** Below `/v1`, with `{name}` where a parameter stands: `/health/service/{service}`. */
  readonly path: string
  readonly params?: Readonly<Record<string, string>>
  /** In the order in which they are sent; a list repeats its key. */
  readonly query: Readonly<Record<string, string | readonly string[]>>
}

/** What Consul answered. */
export interface ConsulAnswer {
  /** X-Consul-Index; 0 where the answer has none. */
  readonly index: number
  /** False when the server that answered knows no leader, so that the answer may be out of date. */
  readonly knowsLeader: boolean
  /** The text of the answer, to be asked for once: it is let go then. */
  text(): Buffer
  /** The JSON of that text. Parsed only when asked for: most answers say that nothing changed. */
  json(): unknown
}

/** What the wrapper uses of node-consul that its types leave out. */
interface NodeConsul {
  _ext(
    event: 'onRequest',
    hook: (request: { opts: GetOptions; transport: PapiTransport }, next: () => void) => void,
  ): void
  _get(options: GetOptions): Promise<PapiResponse>
}

/** With the limits, which node-consul does not know and hands on to the hook as they are. */
interface GetOptions extends ConsulRequest {
  readonly limits: RequestLimits
}

/**
 * Consul's HTTP API at one endpoint. It is the one place that touches node-consul, whose methods drop
 * `ns`, show neither index nor headers and cannot be cancelled by a signal, so that requests go through
 * its generic `_get`.
 */
export class ConsulApi {
  readonly #nodeConsul: NodeConsul
  readonly #requests = new Subject<void>()

  /** @param http carries the requests; credentials, TLS and sockets are its business */
  constructor(endpoint: ConsulEndpoint, http: HttpClient) {
    const send = sendThrough(http, endpoint)
    // Only the path of the URL matters: where to connect to is for `send` to know.
    const baseUrl = `http://consul.invalid${endpoint.pathPrefix.replace(/\/+$/, '')}/v1`
    this.#nodeConsul = new Consul({ baseUrl } as object) as unknown as NodeConsul
    // oxlint-disable-next-line no-underscore-dangle -- node-consul's own name for its hooks
    this.#nodeConsul._ext('onRequest', (request, next) => {
      this.#requests.next()
      request.transport = papiTransport(send, request.opts.limits)
      next()
    })
  }

  /** Emits for each request that is sent. */
  get requests(): Observable<void> {
    return this.#requests.asObservable()
  }

  /**
   * @param timeoutMs from sending the request to the end of the answer
   * @throws ConsulError when there is no good answer, and the signal's reason when it aborts
   */
  async get(request: ConsulRequest, timeoutMs: number, signal: AbortSignal): Promise<ConsulAnswer> {
    signal.throwIfAborted()
    try {
      const options = { ...request, limits: { timeoutMs, signal } }
      // oxlint-disable-next-line no-underscore-dangle -- node-consul's own name for its generic GET
      return answerOf(await this.#nodeConsul._get(options))
    } catch (error) {
      throw signal.aborted ? abortReason(signal) : asConsulError(error, request)
    }
  }
}

/**
 * Sends requests to an endpoint through muster's HTTP client, with the endpoint's token. A blocking
 * query is sent once only: when its connection is lost, the server may have been restarted, and then
 * an old index would make it wait in vain.
 */
function sendThrough(http: HttpClient, { origin, token }: ConsulEndpoint): SendRequest {
  return ({ path, headers, timeoutMs, signal }: OutgoingRequest) =>
    http.request({
      url: origin + path,
      headers: token.isEmpty ? headers : { ...headers, 'x-consul-token': token.reveal() },
      timeoutMs,
      maxBytes,
      signal,
      ...(/[?&]index=/.test(path) ? { once: true } : {}),
    })
}

function answerOf(response: PapiResponse): ConsulAnswer {
  let body: Buffer | undefined = response.takeBody()
  // An answer may be held by promises for long after it was read.
  const text = (): Buffer => {
    const taken = body ?? Buffer.alloc(0)
    body = undefined
    return taken
  }
  return {
    index: Number(response.header('x-consul-index') ?? 0) || 0,
    knowsLeader: response.header('x-consul-knownleader') !== 'false',
    text,
    json: () => parseAnswer(text()),
  }
}

/** What is read of an answer that is of no use, and how much of that is shown. */
const mostSaid = 64 << 10
const mostShown = 200

const busy = new Set([429, 502, 503, 504])

function asConsulError(error: unknown, { path, params = {} }: ConsulRequest): ConsulError {
  const { response } = error as { readonly response?: PapiResponse }
  if (response === undefined) {
    return new ConsulError(errorMessage(error).replace(/^consul: /, ''), 'network', {
      cause: error,
    })
  }
  const status = response.statusCode
  const fault: ConsulFault = busy.has(status) ? 'busy' : 'status'
  const shownPath = path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '')
  const said = response.withoutSecrets(response.takeBody().toString('utf8', 0, mostSaid))
  const text = said.trim().slice(0, mostShown)
  const reason = text === '' ? '' : `: ${text}`
  return new ConsulError(`Consul answered ${String(status)} to /v1${shownPath}${reason}`, fault, {
    status,
    retryAfterMs: parseRetryAfter(response.header('retry-after'), Date.now()),
  })
}
