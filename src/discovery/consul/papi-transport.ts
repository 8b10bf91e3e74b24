import { EventEmitter } from 'node:events'
import type { HttpResponse } from '../../http/index.js'

/** A request as it goes out. */
export interface Outgoing {
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
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
export function papiTransport(send: Send): PapiTransport {
  return { request: (options) => new PapiRequest(options, send) }
}

/** The part of `http.ClientRequest` that papi uses. */
class PapiRequest extends EventEmitter {
  readonly #abort = new AbortController()
  readonly #headers: Map<string, string>
  readonly #path: string
  readonly #send: Send

  constructor({ path, headers = {} }: PapiRequestOptions, send: Send) {
    super()
    this.#path = path
    this.#headers = new Map(Object.entries(headers).map(([key, value]) => [key, String(value)]))
    this.#send = send
  }

  getHeader(name: string): string | undefined {
    return this.#headers.get(name)
  }

  /** Papi sets nothing but its own name, where the client that sends has one already. */
  setHeader(): void {}

  removeHeader(name: string): void {
    this.#headers.delete(name)
  }

  /** Papi keeps the time itself, and aborts; this would be for the socket. */
  setTimeout(): void {}

  abort(): void {
    this.#abort.abort()
  }

  end(): void {
    const request = {
      path: this.#path,
      headers: Object.fromEntries(this.#headers),
      signal: this.#abort.signal,
    }
    this.#send(request).then(
      (answer) => this.#answered(answer),
      (error: unknown) => this.emit('error', error),
    )
  }

  #answered({ status, header, body }: Incoming): void {
    const response = Object.assign(new EventEmitter(), { statusCode: status, headers: {}, header })
    this.emit('response', response)
    if (body.length > 0) response.emit('data', body)
    response.emit('end')
  }
}
