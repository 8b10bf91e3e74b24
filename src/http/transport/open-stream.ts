import type { Buffer } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { timerMs } from '../../run/index.js'
import type { Deadline } from '../deadline.js'
import { HttpError, toHttpError } from '../errors.js'

/** What the server answered, its body still to come. */
export interface RawStream {
  readonly status: number
  readonly statusText: string
  readonly headers: IncomingHttpHeaders
  readonly body: Readable
}

/** The bounds of one stream. */
export interface StreamLimits {
  /** Until the headers are there. */
  readonly deadline: Deadline
  /** How long the body may stay silent while it is read; milliseconds. */
  readonly idleMs: number
  /** Ends the body at once, at any time. */
  readonly signal: AbortSignal | undefined
  /** For errors: `GET http://host/path`. */
  readonly subject: string
}

/**
 * Sends a request and gives the answer as soon as its headers are there.
 * @throws undici's errors, the deadline's reason. Reading the body throws an {@link HttpError}, or the
 * signal's reason.
 */
export function openStream(
  agent: Dispatcher,
  options: Dispatcher.DispatchOptions,
  limits: StreamLimits,
): Promise<RawStream> {
  return new Promise((resolve, reject) => {
    limits.deadline.throwIfOver()
    const answer = new StreamedAnswer(limits, resolve, reject)
    limits.deadline.onEnd((reason) => answer.end(reason))
    agent.dispatch(options, answer)
  })
}

class StreamedAnswer implements Dispatcher.DispatchHandler {
  readonly #limits: StreamLimits
  readonly #resolve: (answer: RawStream) => void
  readonly #reject: (error: unknown) => void
  #controller: Dispatcher.DispatchController | undefined
  #failure: Error | undefined
  #body: StreamBody | undefined

  constructor(
    limits: StreamLimits,
    resolve: (answer: RawStream) => void,
    reject: (error: unknown) => void,
  ) {
    this.#limits = limits
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Ends the request, or its body: what waits for either rejects now. */
  end(reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error('aborted', { cause: reason })
    this.#reject(reason)
    if (this.#body !== undefined) this.#body.destroy(error)
    else {
      this.#failure = error
      this.#controller?.abort(error)
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#failure !== undefined) controller.abort(this.#failure)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusText = '',
  ): void {
    // A 1xx is not the answer yet.
    if (status < 200) return
    this.#limits.deadline.onEnd(undefined)
    const body = new StreamBody(this.#limits, controller)
    this.#body = body
    this.#resolve({ status, statusText, headers, body })
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body?.receive(chunk)
  }

  onResponseEnd(): void {
    this.#body?.finish()
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#limits.deadline.onEnd(undefined)
    this.#reject(error)
    this.#body?.destroy(toHttpError(error, this.#limits.subject))
  }
}

/** The body of one answer. It is read from the connection no faster than its reader reads it. */
class StreamBody extends Readable {
  readonly #limits: StreamLimits
  readonly #controller: Dispatcher.DispatchController
  #silence: NodeJS.Timeout | undefined
  #isFinished = false

  constructor(limits: StreamLimits, controller: Dispatcher.DispatchController) {
    // Object mode gives chunks as they came, up to 64 KiB each: byte mode copies all that waits into one.
    super({ objectMode: true, highWaterMark: 2 })
    this.#limits = limits
    this.#controller = controller
    limits.signal?.addEventListener('abort', this.#abort, { once: true })
    // Its reader gets an error; one that comes without a reader must not end the process.
    this.on('error', () => undefined)
  }

  receive(chunk: Buffer): void {
    this.#stopClock()
    // Undici gives an empty one each time it is resumed.
    if (chunk.length === 0) return
    if (!this.push(chunk)) this.#controller.pause()
  }

  finish(): void {
    this.#isFinished = true
    this.#free()
    this.push(null)
  }

  override _read(): void {
    if (this.#isFinished) return
    this.#stopClock()
    const { idleMs, subject } = this.#limits
    if (idleMs !== Infinity) {
      this.#silence = setTimeout(() => {
        const seconds = String(idleMs / 1000)
        this.destroy(new HttpError('timeout', `${subject}: nothing has come for ${seconds}s`))
      }, timerMs(idleMs))
    }
    if (this.#controller.paused) this.#controller.resume()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#free()
    if (!this.#isFinished) this.#controller.abort(error ?? new Error('the answer is not wanted'))
    this.#isFinished = true
    callback(error)
  }

  readonly #abort = (): void => {
    const reason: unknown = this.#limits.signal?.reason
    this.destroy(reason instanceof Error ? reason : new Error('aborted', { cause: reason }))
  }

  #stopClock(): void {
    clearTimeout(this.#silence)
    this.#silence = undefined
  }

  #free(): void {
    this.#stopClock()
    this.#limits.signal?.removeEventListener('abort', this.#abort)
  }
}
