import { ActorError } from './errors.js'
import type { LifecycleEvent } from './events.js'

/** Where a group writes what happens; keeps the late errors that no handler takes. */
export class Journal {
  /** The late errors that `onLateError` did not take. */
  readonly late: ActorError[] = []
  readonly #group: string
  readonly #now: () => number
  readonly #onEvent: ((event: LifecycleEvent) => void) | undefined
  readonly #onLateError: ((error: ActorError) => void) | undefined
  #isClockBroken = false

  constructor(options: {
    readonly group: string
    readonly now: () => number
    readonly onEvent: ((event: LifecycleEvent) => void) | undefined
    readonly onLateError: ((error: ActorError) => void) | undefined
  }) {
    this.#group = options.group
    this.#now = options.now
    this.#onEvent = options.onEvent
    this.#onLateError = options.onLateError
  }

  /** Whether anything listens to events; without a listener no report is made. */
  get hasListener(): boolean {
    return this.#onEvent !== undefined
  }

  /** Milliseconds by a clock that never goes back: the group's, or Node's own once that one has thrown. */
  now(): number {
    if (this.#isClockBroken) return performance.now()
    try {
      return this.#now()
    } catch (error) {
      this.#isClockBroken = true
      this.listenerFailed(error)
      return performance.now()
    }
  }

  /** Tells the listener, if there is one; what it throws or rejects with becomes a late error. */
  tell(event: LifecycleEvent): void {
    try {
      const given: unknown = this.#onEvent?.(event)
      if (given !== undefined) this.#takeRejection(given)
    } catch (error) {
      this.listenerFailed(error)
    }
  }

  /** One of the group's own functions has thrown. */
  listenerFailed(error: unknown): void {
    this.lateError(new ActorError(this.#group, 'listener', error))
  }

  /** An error that came too late to be the group's outcome. */
  lateError(late: ActorError): void {
    if (this.#onLateError === undefined) {
      this.late.push(late)
      return
    }
    const failed = (error: unknown): void => {
      this.late.push(late, new ActorError(this.#group, 'listener', error))
    }
    try {
      const given: unknown = this.#onLateError(late)
      if (given !== undefined) Promise.resolve(given).catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  /** A listener that is async by mistake must not end the process when it fails. */
  #takeRejection(given: unknown): void {
    Promise.resolve(given).catch((error: unknown) => this.listenerFailed(error))
  }
}
