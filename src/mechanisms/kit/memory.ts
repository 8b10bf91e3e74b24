import { getHeapStatistics } from 'node:v8'
import { AnswerError } from './errors.js'

/** What a list, an object or a target of an answer comes to at the end, when it is in a pool; measured. */
export const bytesPerWeight: number = 256
/** Of the heap: the rest is for all else. */
const share = 0.75

/** The most bytes of heap that this process may use, by V8's own limit (`--max-old-space-size`). */
export function heapLimitOf(options: { readonly heapLimit?: number }): number {
  return options.heapLimit ?? getHeapStatistics().heap_size_limit
}

/** How much one answer may make, in the weight of JSON values. @param heapLimit bytes */
export function mostWeight(heapLimit: number): number {
  return Math.floor((heapLimit * share) / bytesPerWeight)
}

/** What to say of an answer that makes more. */
export function tooHeavy(weight: number): string {
  const megabytes = Math.floor((weight * bytesPerWeight) / 2 ** 20)
  return `the answer would take more than ${String(megabytes)} MiB of memory; Node's --max-old-space-size gives it more`
}

/** Counts what one answer makes, of which there may be more than the answer is long: tasks times ports. */
export class MemoryBudget {
  readonly #most: number
  #used = 0

  /** @param most in the weight of JSON values */
  constructor(most: number) {
    this.#most = most
  }

  /** Takes some of it. @throws {AnswerError} where less is left */
  take(weight: number): void {
    this.#used += weight
    if (this.#used > this.#most) throw new AnswerError(tooHeavy(this.#most))
  }
}
