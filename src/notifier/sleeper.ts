import type { SchedulerLike } from 'rxjs'

/** Lets one loop sleep until somebody wakes it, or a time has passed. */
export class Sleeper {
  readonly #scheduler: SchedulerLike
  #wake: (() => void) | undefined

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler
  }

  /** @param ms without it, only {@link Sleeper.wake} ends the sleep */
  sleep(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer =
        ms === undefined ? undefined : this.#scheduler.schedule(() => this.wake(), Math.max(0, ms))
      this.#wake = () => {
        timer?.unsubscribe()
        this.#wake = undefined
        resolve()
      }
    })
  }

  /** Wakes the sleeper; nothing happens to one that is awake. */
  wake(): void {
    this.#wake?.()
  }
}
