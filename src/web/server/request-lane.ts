import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { holdEvent } from './held-request.js'

export interface RequestLaneOptions {
  /** Requests that are answered at once. */
  readonly max: number
  /** Answers a request. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void
  /** A request came and there was none before: requests are answered from when `go` is called. */
  readonly onBusy: (request: IncomingMessage, go: () => void) => void
  /** The body of a request has come to its end. */
  readonly onReceived: () => void
  /** All requests that are answered begin to wait for something to change, or not all of them do any more. */
  readonly onHeld: (isHeld: boolean) => void
  /** Every request is answered. */
  readonly onIdle: () => void
}

/**
 * The requests of one connection, in their order: no more than a number of them is answered at once,
 * and no more than one is begun in a turn of the event loop. So a client that sends thousands at once
 * takes no more of the process than one that sends them one by one.
 */
export class RequestLane {
  readonly #options: RequestLaneOptions
  readonly #waiting: Map<ServerResponse, IncomingMessage> = new Map()
  readonly #answering: Map<ServerResponse, IncomingMessage> = new Map()
  /** Those of the answers that wait for something to change. */
  readonly #held: Set<ServerResponse> = new Set()
  #wasHeld = false
  #mayAnswer = false
  #pause: NodeJS.Immediate | undefined
  #latest: IncomingMessage | undefined

  constructor(options: RequestLaneOptions) {
    this.#options = options
  }

  /** Whether the next request may come, or what is still missing of the latest one. */
  get wantsMore(): boolean {
    return this.#isIdle || this.#latest?.complete === false
  }

  /** Whether a part of the latest request's body is still to come. */
  get isInBody(): boolean {
    return this.#latest?.complete === false
  }

  add(request: IncomingMessage, response: ServerResponse): void {
    const wasIdle = this.#isIdle
    this.#latest = request
    this.#waiting.set(response, request)
    response.once('close', () => {
      if (!this.#waiting.delete(response)) this.#answering.delete(response)
      this.#held.delete(response)
      this.#tellHeld()
      this.#goOn()
    })
    if (!hasCome(request)) request.once('end', this.#options.onReceived)
    request.on(holdEvent, (isHeld: boolean) => {
      if (isHeld && this.#answering.has(response)) this.#held.add(response)
      else this.#held.delete(response)
      this.#tellHeld()
    })
    if (!wasIdle) {
      this.#next()
      return
    }
    this.#mayAnswer = false
    this.#options.onBusy(request, () => {
      this.#mayAnswer = true
      this.#next()
    })
  }

  /** Whether the bodies of all requests that are answered are still on their way. */
  get isReceiving(): boolean {
    const requests = [...this.#answering.values()]
    return requests.length > 0 && !requests.some(hasCome)
  }

  /** Whether all answers are on their way to the client. */
  get isSending(): boolean {
    const responses = [...this.#answering.keys()]
    return responses.length > 0 && responses.every(({ headersSent }) => headersSent)
  }

  /** Bytes of answers that wait for the client to read. */
  get unread(): number {
    let bytes = 0
    for (const response of this.#answering.keys()) {
      const { stream } = response as unknown as Partial<Http2ServerResponse>
      bytes += (stream ?? response.socket)?.writableLength ?? 0
    }
    return bytes
  }

  /** Requests that are answered, or wait for that. */
  get open(): number {
    return this.#answering.size + this.#waiting.size
  }

  /** The connection is gone. */
  close(): void {
    this.#waiting.clear()
  }

  get #isIdle(): boolean {
    return this.#answering.size === 0 && this.#waiting.size === 0 && this.#pause === undefined
  }

  #next(): void {
    if (!this.#mayAnswer || this.#pause !== undefined) return
    if (this.#answering.size >= this.#options.max) return
    const [first] = this.#waiting
    if (first === undefined) return
    const [response, request] = first
    this.#waiting.delete(response)
    this.#answering.set(response, request)
    this.#tellHeld()
    this.#goOn()
    this.#options.answer(request, response)
  }

  #tellHeld(): void {
    // Without any it is idle, and that is said in its place.
    const isHeld = this.#answering.size > 0 && this.#held.size === this.#answering.size
    if (isHeld === this.#wasHeld) return
    this.#wasHeld = isHeld
    if (this.#answering.size > 0) this.#options.onHeld(isHeld)
  }

  /** Looks for the next request in a later turn. */
  #goOn(): void {
    this.#pause ??= setImmediate(() => {
      this.#pause = undefined
      if (this.#isIdle) this.#options.onIdle()
      else this.#next()
    })
  }
}

/** Whether all of a request has come. */
function hasCome(request: IncomingMessage): boolean {
  const { stream } = request as unknown as Partial<Http2ServerRequest>
  // What node says of an HTTP/2 request is whether it was read, also where it has no body.
  if (stream === undefined) return request.complete
  return stream.endAfterHeaders || request.complete
}
