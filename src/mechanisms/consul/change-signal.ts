import type { Observable, Subscription } from 'rxjs'
import { WaitingLine } from '../../waiting/waiting-line.js'

/**
 * Signals many watches that something changed in Consul, from a few watches of its tables as a whole.
 * A watch without a connection of its own asks again after a change, and not at all while nothing
 * changes.
 */
export class ChangeSignal {
  readonly #changes: Observable<unknown>
  readonly #waiting = new WaitingLine()
  #subscription: Subscription | undefined
  #count = 0

  /** @param changes emits once when it is ready, and then at every change */
  constructor(changes: Observable<unknown>) {
    this.#changes = changes
  }

  /** Stops listening to changes. */
  stop(): void {
    this.#subscription?.unsubscribe()
    this.#subscription = undefined
  }

  /**
   * Waits until there were more changes than the caller has seen. The first call starts to listen.
   * @param seen what the last call gave; 0 for the first
   * @returns how many there were
   * @throws the signal's reason
   */
  async after(seen: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted()
    this.#subscription ??= this.#changes.subscribe(() => {
      this.#count += 1
      this.#waiting.releaseAll()
    })
    while (this.#count <= seen) await this.#waiting.wait(signal)
    return this.#count
  }
}
