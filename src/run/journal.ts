import { ActorError } from './errors.js'
import type { LifecycleEvent } from './events.js'

/** Where a group writes what happens; keeps the late errors that no handler takes. */
export class Journal {
  /** Milliseconds by a clock that never goes back. */
  readonly now: () => number
  /** The late errors that `onLateError` did not take. */
  readonly late: ActorError[] = []
  readonly #group: string
  readonly #onEvent: ((event: LifecycleEvent) => void) | undefined
  readonly #onLateError: ((error: ActorError) => void) | undefined

  constructor(options: {
    readonly group: string
    readonly now: () => number
    readonly onEvent: ((event: LifecycleEvent) => void) | undefined
    readonly onLateError: ((error: ActorError) => void) | undefined
  }) {
    this.#group = options.group
    this.now = options.now
    this.#onEvent = options.onEvent
    this.#onLateError = options.onLateError
  }

  /** Tells the listener, if there is one; what it throws becomes a late error. */
  tell(event: LifecycleEvent): void {
    try {
      this.#onEvent?.(event)
    } catch (error) {
      this.lateError(new ActorError(this.#group, 'listener', error))
    }
  }

  /** An error that came too late to be the group's outcome. */
  lateError(late: ActorError): void {
    if (this.#onLateError === undefined) {
      this.late.push(late)
      return
    }
    try {
      this.#onLateError(late)
    } catch (error) {
      this.late.push(late, new ActorError(this.#group, 'listener', error))
    }
  }
}
