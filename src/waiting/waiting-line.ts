import { abortReason } from './abort-reason.js'

/** Callers that wait until they are released, in the order in which they came. */
export class WaitingLine {
  readonly #waiting: Set<() => void> = new Set()

  /** How many wait now. */
  get size(): number {
    return this.#waiting.size
  }

  /**
   * Resolves when the caller is released.
   * @param onLeft called when the signal takes the caller out of the line instead
   * @throws the signal's reason
   */
  wait(signal: AbortSignal, onLeft: () => void = () => {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(abortReason(signal))
        return
      }
      const leave = (): void => {
        this.#waiting.delete(go)
        onLeft()
        reject(abortReason(signal))
      }
      const go = (): void => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      this.#waiting.add(go)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  /** Releases the first in the line. @returns whether there was one */
  release(): boolean {
    const [go] = this.#waiting
    if (go === undefined) return false
    this.#waiting.delete(go)
    go()
    return true
  }

  /** Releases all that wait now. */
  releaseAll(): void {
    while (this.release());
  }
}
