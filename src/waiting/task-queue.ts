import { Turn } from './turn.js'

/** Work that may be left standing at every `yield`. */
export type Steps<Result = void> = Generator<void, Result, void>

/**
 * Does work in the order in which it comes. Short work is done at once while nothing waits; long work
 * takes several turns of the event loop, and what comes after it waits for its end.
 */
export class TaskQueue {
  readonly #onError: (error: unknown) => void
  readonly #waiting: Steps[] = []
  #isBusy = false
  #isStopped = false

  /** @param onError a task threw: whoever hears of it stops the queue */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  /** Nothing waits, and nothing is left standing. */
  get isIdle(): boolean {
    return !this.#isBusy
  }

  /** @param isLong whether it is too long for one turn */
  do(steps: Steps, isLong = false): void {
    if (this.#isStopped) return
    this.#waiting.push(steps)
    if (this.#isBusy) return
    if (isLong) this.#inTurns().catch(this.#onError)
    else this.#atOnce()
  }

  /** Forgets what is left to do. */
  stop(): void {
    this.#isStopped = true
    this.#isBusy = false
    this.#waiting.length = 0
  }

  #atOnce(): void {
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        for (const _ of next);
      }
    } catch (error) {
      this.#onError(error)
    }
  }

  async #inTurns(): Promise<void> {
    this.#isBusy = true
    const turn = new Turn()
    // Whoever asks for it has most likely used up this turn.
    await turn.next()
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      for (const _ of next) {
        if (turn.isOver) await turn.next()
        if (this.#isStopped) return
      }
    }
    this.#isBusy = false
  }
}

/** A single step. */
// oxlint-disable-next-line require-yield
export function* once(work: () => void): Steps {
  work()
}
