import { Buffer } from 'node:buffer'
import { EventEmitter } from 'node:events'
import type { HttpResponse } from '../../http/index.js'

/** The bounds of one request. */
export interface Bounds {
  /** For the whole exchange. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** A request as it goes out. */
export interface Outgoing extends Bounds {
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** A whole answer. */
export type Incoming = Pick<HttpResponse, 'status' | 'header' | 'body'>

/** Sends a request and reads the whole answer, or rejects. */
export type Send = (request: Outgoing) => Promise<Incoming>

/** The part of node:http's module that papi, under node-consul, calls. */
export interface PapiTransport {
  request(options: PapiRequestOptions): PapiRequest
}

interface PapiRequestOptions {
  readonly path: string
  readonly headers?: Readonly<Record<string, unknown>>
}

/**
 * Lets node-consul go through muster's HTTP client, which has everything an HTTP client section
 * asks for (proxies, redirects, OAuth 2, files re-read, size limits), where node-consul knows only
 * node:http. It also closes a gap: papi waits for ever for an answer that was cut off in the middle.
 */
export function papiTransport(send: Send, bounds: Bounds): PapiTransport {
  return { request: (options) => new PapiRequest(options, bounds, send) }
}

/** The part of `http.IncomingMessage` that papi uses. The body goes past it: papi would copy each. */
export class PapiResponse extends EventEmitter {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>> = {}
  readonly #header: Incoming['header']
  #body: Buffer | undefined

  constructor({ status, header, body }: Incoming) {
    super()
    this.statusCode = status
    this.#header = header
    this.#body = body
  }

  header(name: string): string | undefined {
    return this.#header(name)
  }

  /** Gives the body away: whoever still holds the response holds no body with it. */
  takeBody(): Buffer {
    const body = this.#body ?? Buffer.alloc(0)
    this.#body = undefined
    return body
  }
}

/** The part of `http.ClientRequest` that papi uses where it neither keeps the time nor cancels. */
class PapiRequest extends EventEmitter {
  readonly #options: PapiRequestOptions
  readonly #bounds: Bounds
  readonly #send: Send

  constructor(options: PapiRequestOptions, bounds: Bounds, send: Send) {
    super()
    this.#options = options
    this.#bounds = bounds
    this.#send = send
  }

  getHeader(name: string): unknown {
    return this.#options.headers?.[name]
  }

  /** Papi sets nothing but its own name, where the client that sends has one already. */
  setHeader(): void {}

  end(): void {
    const { path, headers = {} } = this.#options
    const { timeoutMs, signal } = this.#bounds
    const texts = Object.entries(headers).map(([name, value]) => [name, String(value)] as const)
    this.#send({ path, headers: Object.fromEntries(texts), timeoutMs, signal }).then(
      (answer) => this.#answered(answer),
      // Papi writes into the error that it is given, and the reason of a signal is not to be written to.
      (error: unknown) => this.emit('error', signal.aborted ? new Error('aborted') : error),
    )
  }

  #answered(answer: Incoming): void {
    const response = new PapiResponse(answer)
    this.emit('response', response)
    response.emit('end')
  }
}
