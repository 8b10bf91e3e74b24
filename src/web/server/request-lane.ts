import type { IncomingMessage, ServerResponse } from 'node:http'

export interface RequestLaneOptions {
  /** Requests that are answered at once. */
  readonly max: number
  /** Answers a request. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void
  /** A request came and there was none before. */
  readonly onBusy: () => void
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
  #answering = 0
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
    if (this.#isIdle) this.#options.onBusy()
    this.#latest = request
    this.#waiting.set(response, request)
    response.once('close', () => {
      if (!this.#waiting.delete(response)) this.#answering -= 1
      this.#goOn()
    })
    this.#next()
  }

  /** The connection is gone. */
  close(): void {
    this.#waiting.clear()
  }

  get #isIdle(): boolean {
    return this.#answering === 0 && this.#waiting.size === 0 && this.#pause === undefined
  }

  #next(): void {
    if (this.#pause !== undefined || this.#answering >= this.#options.max) return
    const [first] = this.#waiting
    if (first === undefined) return
    const [response, request] = first
    this.#waiting.delete(response)
    this.#answering += 1
    this.#goOn()
    this.#options.answer(request, response)
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
