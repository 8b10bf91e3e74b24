import { timerMs } from '../../run/index.js'

/** An answer, which closes when it is sent or broken off. */
interface Answer {
  once(event: 'close', listener: () => void): unknown
}

/** Counts the answers that are being made, to know when a stopping server may close connections. */
export class InFlight {
  #count = 0
  #whenNone: (() => void) | undefined

  add(answer: Answer): void {
    this.#count += 1
    answer.once('close', () => {
      this.#count -= 1
      if (this.#count === 0) this.#whenNone?.()
    })
  }

  /** Resolves once no answer is being made, or after this many milliseconds. */
  async drained(withinMs: number): Promise<void> {
    if (this.#count === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timerMs(withinMs))
      this.#whenNone = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
