import { Buffer } from 'node:buffer'
import Consul from 'consul'
import { parseRetryAfter } from '../../http/index.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { ConsulError, type ConsulFault } from './errors.js'
import {
  type Bounds,
  type PapiResponse,
  type PapiTransport,
  papiTransport,
  type Send,
} from './papi-transport.js'
import { abortReason } from '../../waiting/abort-reason.js'

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
  /** False when the server that answered knows no leader, so that what it says may be out of date. */
  readonly knowsLeader: boolean
  /**
   * The JSON of the answer, to be asked for once: the text is let go then. Parsed only when asked for:
   * most answers say that nothing changed.
   */
  json(): unknown
}

/** What the wrapper uses of node-consul that its types leave out. */
interface RawConsul {
  _ext(
    event: 'onRequest',
    hook: (request: { opts: RawOptions; transport: PapiTransport }, next: () => void) => void,
  ): void
  _get(options: RawOptions): Promise<PapiResponse>
}

/** Beside the bounds, which node-consul does not know and hands on to the hook as they are. */
interface RawOptions extends ConsulRequest {
  readonly bounds: Bounds
}

/**
 * The one place that touches node-consul. Its methods drop `ns`, show neither index nor headers and
 * cannot be cancelled by a signal, so that requests go through its generic `_get`.
 */
export class ConsulClient {
  readonly #raw: RawConsul

  /**
   * @param pathPrefix stands before `/v1`
   * @param send carries the requests; credentials and TLS are its business
   */
  constructor(pathPrefix: string, send: Send) {
    // Only the path of the URL matters: where to connect to is for `send` to know.
    const baseUrl = `http://consul.invalid${pathPrefix.replace(/\/+$/, '')}/v1`
    const raw = new Consul({ baseUrl } as object) as unknown as RawConsul
    // oxlint-disable-next-line no-underscore-dangle -- node-consul's own name for its hooks
    raw._ext('onRequest', (request, next) => {
      request.transport = papiTransport(send, request.opts.bounds)
      next()
    })
    this.#raw = raw
  }

  /**
   * @param timeoutMs for the whole exchange
   * @throws ConsulError when there is no good answer, and the signal's reason when it aborts
   */
  async get(request: ConsulRequest, timeoutMs: number, signal: AbortSignal): Promise<ConsulAnswer> {
    signal.throwIfAborted()
    try {
      const options = { ...request, bounds: { timeoutMs, signal } }
      // oxlint-disable-next-line no-underscore-dangle -- node-consul's own name for its generic GET
      return answerOf(await this.#raw._get(options))
    } catch (error) {
      throw signal.aborted ? abortReason(signal) : asConsulError(error, request)
    }
  }
}

function answerOf(response: PapiResponse): ConsulAnswer {
  let body: Buffer | undefined = response.takeBody()
  return {
    index: Number(response.header('x-consul-index') ?? 0) || 0,
    knowsLeader: response.header('x-consul-knownleader') !== 'false',
    json() {
      const taken = body
      // An answer may be held by promises for long after it was read.
      body = undefined
      return parse(taken ?? Buffer.alloc(0))
    },
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw new ConsulError(`Consul's answer is no JSON: ${errorMessage(error)}`, 'answer', {
      cause: error,
    })
  }
}

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
  const shown = path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '')
  const said = response.takeBody().toString('utf8', 0, 200).trim()
  const told = said === '' ? '' : `: ${said}`
  return new ConsulError(`Consul answered ${String(status)} to /v1${shown}${told}`, fault, {
    status,
    retryAfterMs: parseRetryAfter(response.header('retry-after'), Date.now()),
  })
}
