import type { SchedulerLike, Subscription } from 'rxjs'
import { timerMs } from '../../../run/index.js'
import { HttpError } from '../../../http/index.js'

/** How long a request may take; milliseconds. */
export interface RequestLimits {
  /** The longest silence. */
  readonly silentMs: number
  /** All of it. */
  readonly totalMs: number
}

/** Ends a request that is silent for too long, or takes too long, or is not wanted any more. */
export class RequestClock {
  readonly #what: string
  readonly #limits: RequestLimits
  readonly #scheduler: SchedulerLike
  readonly #outer: AbortSignal
  readonly #controller = new AbortController()
  #startedAt: number
  #heardAt: number
  #timer: Subscription | undefined

  /** @param what names the request in the error */
  constructor(what: string, limits: RequestLimits, scheduler: SchedulerLike, outer: AbortSignal) {
    this.#what = what
    this.#limits = limits
    this.#scheduler = scheduler
    this.#outer = outer
    this.#startedAt = scheduler.now()
    this.#heardAt = this.#startedAt
    outer.addEventListener('abort', this, { once: true })
    if (outer.aborted) this.handleEvent()
    else this.#arm()
  }

  /** Aborts with the reason why the request ends. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** How long it has gone on; milliseconds. */
  get elapsedMs(): number {
    return this.#scheduler.now() - this.#startedAt
  }

  /** Something has come. */
  heard(): void {
    this.#heardAt = this.#scheduler.now()
  }

  /** Allows a longer or shorter silence from now on. */
  allow(silentMs: number): void {
    this.heard()
    this.#timer?.unsubscribe()
    if (!this.signal.aborted) this.#arm(silentMs)
  }

  /** The request is over. */
  stop(): void {
    this.#timer?.unsubscribe()
    this.#outer.removeEventListener('abort', this)
  }

  /** The outer signal has fired. */
  handleEvent(): void {
    this.#timer?.unsubscribe()
    this.#controller.abort(this.#outer.reason)
  }

  #arm(silentMs: number = this.#limits.silentMs): void {
    const now = this.#scheduler.now()
    // Where the clock was set back, the limits begin again: what was before is not in the future.
    this.#heardAt = Math.min(this.#heardAt, now)
    this.#startedAt = Math.min(this.#startedAt, now)
    const silentAt = this.#heardAt + silentMs
    const overAt = this.#startedAt + this.#limits.totalMs
    const isSilent = now >= silentAt
    if (isSilent || now >= overAt) {
      const said = isSilent ? 'nothing has come for' : 'it has not ended within'
      const seconds = String((isSilent ? silentMs : this.#limits.totalMs) / 1000)
      this.#outer.removeEventListener('abort', this)
      this.#controller.abort(new HttpError('timeout', `${this.#what}: ${said} ${seconds}s`))
      return
    }
    const wait = timerMs(Math.min(silentAt, overAt) - now)
    this.#timer = this.#scheduler.schedule(() => this.#arm(silentMs), wait)
  }
}
