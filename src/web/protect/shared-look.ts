import { FileSilentError } from '../../go/file-lane.js'

// A client that waits longer for its answer takes the server for dead.
const patienceMs = 1000

/** One look at files at a time, shared by all who want one meanwhile. */
export class SharedLook<T> {
  #look: { readonly result: Promise<T>; readonly late: Promise<never> } | undefined

  /**
   * Begins a look, or joins the one that has begun.
   * @throws what it throws; {@link FileSilentError} when it takes longer than a second: it goes on
   */
  take(begin: () => Promise<T>): Promise<T> {
    const { result, late } = (this.#look ??= this.#begin(begin))
    return Promise.race([late, result])
  }

  #begin(begin: () => Promise<T>): { result: Promise<T>; late: Promise<never> } {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new FileSilentError('')), patienceMs)
    })
    const result = begin().finally(() => {
      clearTimeout(timer)
      this.#look = undefined
    })
    return { result, late }
  }
}
