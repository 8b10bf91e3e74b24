import type { TimestampProvider } from 'rxjs'
import { errorKind, errorMessage } from '../../telemetry/error-text.js'
import type { ProviderError, ProviderState } from './provider-status.js'

/** What happened to a provider, for metrics and readers. */
export interface HealthListener {
  succeeded(at: number): void
  failed(): void
  /** The state, or the error behind it, is another now. */
  changed(): void
}

/** Keeps account of one provider's successes and failures. */
export class Health {
  readonly #clock: TimestampProvider
  readonly #listener: HealthListener
  #state: ProviderState = 'starting'
  #lastSuccess: number | undefined
  #lastError: ProviderError | undefined
  #consecutiveFailures = 0
  #failures = 0
  #nextTry: number | undefined

  constructor(clock: TimestampProvider, listener: HealthListener) {
    this.#clock = clock
    this.#listener = listener
  }

  get state(): ProviderState {
    return this.#state
  }

  get lastSuccess(): number | undefined {
    return this.#lastSuccess
  }

  get lastError(): ProviderError | undefined {
    return this.#lastError
  }

  get consecutiveFailures(): number {
    return this.#consecutiveFailures
  }

  get failures(): number {
    return this.#failures
  }

  get nextTry(): number | undefined {
    return this.#nextTry
  }

  /** A good answer came. */
  succeeded(): void {
    if (this.#state === 'stopped') return
    this.#lastSuccess = this.#clock.now()
    this.#consecutiveFailures = 0
    this.#nextTry = undefined
    this.#listener.succeeded(this.#lastSuccess)
    this.#enter('running')
  }

  /**
   * A try failed.
   * @param state `failed` when there is not even a discoverer
   * @param nextTry when it is tried again, where that is known
   */
  failed(error: unknown, state: 'failing' | 'failed', nextTry?: number): void {
    if (this.#state === 'stopped') return
    const message = errorMessage(error)
    const isNews = message !== this.#lastError?.message || this.#nextTry !== nextTry
    this.#lastError = { message, kind: errorKind(error), at: this.#clock.now() }
    this.#consecutiveFailures += 1
    this.#failures += 1
    this.#nextTry = nextTry
    this.#listener.failed()
    this.#enter(state, isNews)
  }

  /** The wait is over, the next try is under way. */
  trying(): void {
    this.#nextTry = undefined
  }

  stopped(): void {
    this.#nextTry = undefined
    this.#enter('stopped')
  }

  #enter(state: ProviderState, isNews = false): void {
    if (state === this.#state && !isNews) return
    this.#state = state
    this.#listener.changed()
  }
}
