import { Buffer } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Dispatcher } from 'undici'
import type { Deadline } from '../deadline.js'
import { HttpError } from '../errors.js'

/** What the server answered, its body as it was sent. */
export interface RawResponse {
  readonly status: number
  readonly statusText: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** The bounds of one sendRequest. */
export interface SendLimits {
  /** Ends the request at once; it then rejects with the reason. */
  readonly deadline: Deadline
  /** The largest body to accept; a larger one cuts the connection. */
  readonly maxBytes: number
}

/**
 * Sends a request and collects the whole answer. Undici's own `request` makes a stream of every body,
 * which costs time and memory where a thousand answers come at once and are wanted whole.
 * @throws {HttpError} of kind `too_large`, undici's errors, the deadline's reason
 */
export function sendRequest(
  agent: Dispatcher,
  options: Dispatcher.DispatchOptions,
  limits: SendLimits,
): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    limits.deadline.throwIfOver()
    const collector = new ResponseCollector(limits, resolve, reject)
    limits.deadline.onEnd((reason) => collector.end(reason))
    agent.dispatch(options, collector)
  })
}

class ResponseCollector implements Dispatcher.DispatchHandler {
  readonly #limits: SendLimits
  readonly #resolve: (answer: RawResponse) => void
  readonly #reject: (error: unknown) => void
  #controller: Dispatcher.DispatchController | undefined
  #failure: Error | undefined
  #status = 0
  #statusText = ''
  #headers: IncomingHttpHeaders = {}
  #chunks: Buffer[] = []
  /** What the server said, as far as it is believed. */
  #expected = 0
  /** A long body is collected here. */
  #whole: Buffer | undefined
  #size = 0

  constructor(
    limits: SendLimits,
    resolve: (answer: RawResponse) => void,
    reject: (error: unknown) => void,
  ) {
    this.#limits = limits
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Ends the request: it rejects now, even when there is no connection yet. */
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
    const before = this.#size
    this.#size += chunk.length
    if (this.#size > maxBytes) {
      this.#cut(tooLarge(maxBytes))
      return
    }
    if (before === 0) this.#expected = expectedSize(this.#headers['content-length'], maxBytes)
    if (this.#whole === undefined && Math.max(this.#size, this.#expected) < leastRoom) {
      this.#chunks.push(chunk)
    } else chunk.copy(this.#room(before), before)
  }

  /**
   * The buffer that a long body is collected in, with room for all that has come. Twenty bodies of a megabyte
   * that end in one turn of the event loop must not be put together in it, nor one of a hundred.
   * @param filled how much of it is filled
   */
  #room(filled: number): Buffer {
    const { maxBytes } = this.#limits
    if (this.#whole !== undefined && this.#size <= this.#whole.length) return this.#whole
    const bytes = Math.max(this.#size, Math.min(maxBytes, Math.max(this.#expected, 2 * this.#size)))
    const larger = Buffer.allocUnsafeSlow(bytes)
    let at = 0
    for (const part of this.#whole === undefined
      ? this.#chunks
      : [this.#whole.subarray(0, filled)]) {
      at += part.copy(larger, at)
    }
    this.#chunks = []
    this.#whole = larger
    return larger
  }

  onResponseEnd(): void {
    this.#limits.deadline.onEnd(undefined)
    this.#resolve({
      status: this.#status,
      statusText: this.#statusText,
      headers: this.#headers,
      body: this.#body(),
    })
  }

  #body(): Buffer {
    if (this.#whole !== undefined) return this.#whole.subarray(0, this.#size)
    const [first, second] = this.#chunks
    return first !== undefined && second === undefined
      ? first
      : Buffer.concat(this.#chunks, this.#size)
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

// Less than this comes in a few chunks; more is not set aside because a server says so.
const [leastRoom, mostRoom] = [128 << 10, 16 << 20]

/** The length of a body that the server said; 0 where it said none that is worth setting aside. */
function expectedSize(length: string | string[] | undefined, maxBytes: number): number {
  const bytes = typeof length === 'string' ? Number(length) : 0
  return bytes <= Math.min(mostRoom, maxBytes) ? bytes : 0
}

const unpack = promisify(gunzip)

/**
 * Unpacks a body that was sent compressed.
 * @param maxBytes of what it unpacks to
 * @throws {HttpError} of kind `too_large`; zlib's errors
 */
export async function gunzipBody(body: Buffer, maxBytes: number): Promise<Buffer> {
  // What has only the label is taken as it is; so is an answer without a body.
  if (body[0] !== 0x1f || body[1] !== 0x8b) return body
  try {
    return await unpack(body, { maxOutputLength: maxBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes)
    throw error
  }
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError('too_large', `the answer is larger than ${String(maxBytes)} bytes`)
}
