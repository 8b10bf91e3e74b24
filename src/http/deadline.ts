import { timerMs } from '../run/index.js'
import { HttpError } from './errors.js'

/**
 * The deadline of one request: its caller's signal or its timeout, whichever comes first. A thousand
 * requests may wait at once, so an AbortSignal is made only when something asks for it.
 */
export class Deadline {
  readonly #outer: AbortSignal | undefined
  readonly #timer: NodeJS.Timeout
  #controller: AbortController | undefined
  #cut: ((reason: unknown) => void) | undefined
  #over: { readonly reason: unknown } | undefined

  /**
   * Starts the clock.
   * @param subject for the error, asked for only then: `GET http://host/`
   */
  constructor(timeoutMs: number, subject: () => string, outer?: AbortSignal) {
    this.#outer = outer
    this.#timer = setTimeout(() => {
      const seconds = String(timeoutMs / 1000)
      this.#end(new HttpError('timeout', `${subject()}: no complete answer within ${seconds}s`))
    }, timerMs(timeoutMs))
    outer?.addEventListener('abort', this, { once: true })
    if (outer?.aborted === true) this.handleEvent()
  }

  /** What ended it; undefined as long as nothing has. */
  get over(): { readonly reason: unknown } | undefined {
    return this.#over
  }

  /** The same as a signal. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#over !== undefined) this.#controller.abort(this.#over.reason)
    return this.#controller.signal
  }

  /** @throws the reason when it is over */
  throwIfOver(): void {
    if (this.#over !== undefined) throw this.#over.reason
  }

  /** Sets what is called when the request has to end, in place of what was set before. */
  onEnd(cut: ((reason: unknown) => void) | undefined): void {
    this.#cut = cut
  }

  /** Frees the timer and the listener. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#outer?.removeEventListener('abort', this)
    this.#cut = undefined
  }

  /** The caller's signal has fired. */
  handleEvent(): void {
    this.#end(this.#outer?.reason)
  }

  #end(reason: unknown): void {
    if (this.#over !== undefined) return
    this.#over = { reason }
    this.#controller?.abort(reason)
    this.#cut?.(reason)
  }
}
