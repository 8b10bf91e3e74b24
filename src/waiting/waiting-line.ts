import { reasonOf } from './sleep.js'

/** Those who wait until they are let go on, in the order in which they came. */
export class WaitingLine {
  readonly #waiting: Set<() => void> = new Set()

  get size(): number {
    return this.#waiting.size
  }

  /**
   * Comes back when it is let go on.
   * @param onLeft told when it leaves the line instead
   * @throws the signal's reason
   */
  wait(signal: AbortSignal, onLeft: () => void = () => {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(reasonOf(signal))
        return
      }
      const leave = (): void => {
        this.#waiting.delete(go)
        onLeft()
        reject(reasonOf(signal))
      }
      const go = (): void => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      this.#waiting.add(go)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  /** Lets the first one go on. @returns whether there was one */
  release(): boolean {
    const [go] = this.#waiting
    if (go === undefined) return false
    this.#waiting.delete(go)
    go()
    return true
  }

  /** Lets everybody go on who waits now. */
  releaseAll(): void {
    while (this.release());
  }
}
