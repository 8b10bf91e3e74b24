import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestListener } from './node-server.js'

/** Answers that are begun in one turn of the event loop: each may be a millisecond of work, or more. */
const begunInATurn = 16

/**
 * Begins the answers of all connections in their order, a few in a turn of the event loop: a thousand requests
 * that came at once leave turns for everything else.
 */
export class AnswerPace {
  readonly #answer: RequestListener
  readonly #waiting: Map<ServerResponse, IncomingMessage> = new Map()
  #begun = 0
  #isNextTurnAsked = false

  constructor(answer: RequestListener) {
    this.#answer = answer
  }

  /** Answers a request, in this turn or a later one; not if its connection or its stream is closed before. */
  add(request: IncomingMessage, response: ServerResponse): void {
    if (this.#begun < begunInATurn && this.#waiting.size === 0) this.#begin(request, response)
    else {
      this.#waiting.set(response, request)
      response.once('close', () => this.#waiting.delete(response))
    }
    this.#goOnLater()
  }

  #begin(request: IncomingMessage, response: ServerResponse): void {
    this.#begun += 1
    this.#answer(request, response)
  }

  #goOn(): void {
    this.#isNextTurnAsked = false
    this.#begun = 0
    for (const [response, request] of [...this.#waiting].slice(0, begunInATurn)) {
      if (this.#waiting.delete(response)) this.#begin(request, response)
    }
    if (this.#begun > 0) this.#goOnLater()
  }

  #goOnLater(): void {
    if (this.#isNextTurnAsked) return
    this.#isNextTurnAsked = true
    setImmediate(() => this.#goOn())
  }
}
