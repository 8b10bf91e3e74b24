import type { Observable, Subscription } from 'rxjs'
import { WaitingLine } from '../../waiting/waiting-line.js'

/**
 * Tells many watches that something changed somewhere, from a few signals of Consul's tables as a
 * whole. A watch that has no connection of its own asks again when the tide has risen since it last
 * asked, and not at all while nothing changes.
 */
export class Tide {
  readonly #signal: Observable<unknown>
  readonly #waiting = new WaitingLine()
  #subscription: Subscription | undefined
  #level = 0

  /** @param signal emits once when it stands ready, and then at every change */
  constructor(signal: Observable<unknown>) {
    this.#signal = signal
  }

  stop(): void {
    this.#subscription?.unsubscribe()
    this.#subscription = undefined
  }

  /**
   * Waits until the tide is above a level. The first call starts to listen.
   * @returns the level then, to be given the next time
   * @throws the signal's reason
   */
  async above(level: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted()
    this.#subscription ??= this.#signal.subscribe(() => this.#rise())
    while (this.#level <= level) await this.#waiting.wait(signal)
    return this.#level
  }

  #rise(): void {
    this.#level += 1
    this.#waiting.releaseAll()
  }
}
