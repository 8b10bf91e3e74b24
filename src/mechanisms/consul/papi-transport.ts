import { Buffer } from 'node:buffer'
import { EventEmitter } from 'node:events'
import type { HttpResponse } from '../../http/index.js'

/** How long one request may take, and what ends it before. */
export interface RequestLimits {
  /** Milliseconds, from sending the request to the end of the answer. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** A request as node-consul makes it, with its limits. */
export interface OutgoingRequest extends RequestLimits {
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** A whole answer. */
export type HttpAnswer = Pick<HttpResponse, 'status' | 'header' | 'body' | 'withoutSecrets'>

/** Sends a request and reads the whole answer, or rejects. */
export type SendRequest = (request: OutgoingRequest) => Promise<HttpAnswer>

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
export function papiTransport(send: SendRequest, limits: RequestLimits): PapiTransport {
  return { request: (options) => new PapiRequest(options, limits, send) }
}

/** The part of `http.IncomingMessage` that papi uses. The body goes past it: papi would copy each. */
export class PapiResponse extends EventEmitter {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>> = {}
  readonly #header: HttpAnswer['header']
  readonly #withoutSecrets: HttpAnswer['withoutSecrets']
  #body: Buffer | undefined

  constructor({ status, header, body, withoutSecrets }: HttpAnswer) {
    super()
    this.statusCode = status
    this.#header = header
    this.#withoutSecrets = withoutSecrets
    this.#body = body
  }

  header(name: string): string | undefined {
    return this.#header(name)
  }

  /** A text of it, as it may be shown. */
  withoutSecrets(text: string): string {
    return this.#withoutSecrets(text)
  }

  /** Gives the body away, so that holding the response does not hold the body. */
  takeBody(): Buffer {
    const body = this.#body ?? Buffer.alloc(0)
    this.#body = undefined
    return body
  }
}

/** The part of `http.ClientRequest` that papi uses when it has neither a timeout nor a signal. */
class PapiRequest extends EventEmitter {
  readonly #options: PapiRequestOptions
  readonly #limits: RequestLimits
  readonly #send: SendRequest

  constructor(options: PapiRequestOptions, limits: RequestLimits, send: SendRequest) {
    super()
    this.#options = options
    this.#limits = limits
    this.#send = send
  }

  getHeader(name: string): unknown {
    return this.#options.headers?.[name]
  }

  /** Papi sets nothing but its own name, where the client that sends has one already. */
  setHeader(): void {}

  end(): void {
    const { path, headers = {} } = this.#options
    const { timeoutMs, signal } = this.#limits
    const texts = Object.entries(headers).map(([name, value]) => [name, String(value)] as const)
    this.#send({ path, headers: Object.fromEntries(texts), timeoutMs, signal }).then(
      (answer) => this.#answered(answer),
      // Papi writes into the error that it is given, and the reason of a signal is not to be written to.
      (error: unknown) => this.emit('error', signal.aborted ? new Error('aborted') : error),
    )
  }

  #answered(answer: HttpAnswer): void {
    const response = new PapiResponse(answer)
    this.emit('response', response)
    response.emit('end')
  }
}
