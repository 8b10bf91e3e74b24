import { Buffer } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Deadline } from './deadline.js'
import { HttpError } from './errors.js'

/** What the server answered, its body as it was sent. */
export interface RawAnswer {
  readonly status: number
  readonly statusText: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** The bounds of one exchange. */
export interface ExchangeLimits {
  /** Ends it at once; it then rejects with the reason. */
  readonly deadline: Deadline
  /** The largest body to accept; a larger one cuts the connection. */
  readonly maxBytes: number
}

/**
 * Sends a request and collects the whole answer. Undici's own `request` makes a stream of every body;
 * answers that are wanted whole need none, and a thousand of them at once notice.
 * @throws {HttpError} of kind `too_large`, undici's errors, the deadline's reason
 */
export function exchange(
  agent: Dispatcher,
  options: Dispatcher.DispatchOptions,
  limits: ExchangeLimits,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    limits.deadline.throwIfOver()
    const collector = new Collector(limits, resolve, reject)
    limits.deadline.onEnd((reason) => collector.end(reason))
    agent.dispatch(options, collector)
  })
}

class Collector implements Dispatcher.DispatchHandler {
  readonly #limits: ExchangeLimits
  readonly #resolve: (answer: RawAnswer) => void
  readonly #reject: (error: unknown) => void
  #controller: Dispatcher.DispatchController | undefined
  #failure: Error | undefined
  #status = 0
  #statusText = ''
  #headers: IncomingHttpHeaders = {}
  #chunks: Buffer[] = []
  #size = 0

  constructor(
    limits: ExchangeLimits,
    resolve: (answer: RawAnswer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#limits = limits
    this.#resolve = resolve
    this.#reject = reject
  }

  /** It is over: who waits is told now, even when no connection stands yet. */
  end(reason: unknown): void {
    this.#reject(reason)
    this.#cut(reason instanceof Error ? reason : new Error('aborted', { cause: reason }))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#failure !== undefined) controller.abort(this.#failure)
  }

  /** Also called for each 1xx before the answer. */
  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusText = '',
  ): void {
    this.#status = status
    this.#statusText = statusText
    this.#headers = headers
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    const { maxBytes } = this.#limits
    this.#size += chunk.length
    if (this.#size <= maxBytes) this.#chunks.push(chunk)
    else this.#cut(tooLarge(maxBytes))
  }

  onResponseEnd(): void {
    this.#limits.deadline.onEnd(undefined)
    const [first] = this.#chunks
    this.#resolve({
      status: this.#status,
      statusText: this.#statusText,
      headers: this.#headers,
      body:
        first !== undefined && this.#chunks.length === 1
          ? first
          : Buffer.concat(this.#chunks, this.#size),
    })
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#limits.deadline.onEnd(undefined)
    this.#reject(error)
  }

  #cut(error: Error): void {
    this.#failure = error
    this.#controller?.abort(error)
  }
}

/** An answer is larger than what is accepted. */
export function tooLarge(maxBytes: number): HttpError {
  return new HttpError('too_large', `the answer is larger than ${String(maxBytes)} bytes`)
}
