import { createHash } from 'node:crypto'

/** Things of two owners that are the same. */
export interface Duplicate<T> {
  readonly first: T
  readonly second: T
  readonly example: string
  count: number
}

/**
 * Finds texts that come again, by their hashes: there may be a million, and each may be long.
 * @typeParam T whose they are, told apart by identity
 */
export class Duplicates<T extends object> {
  readonly #seen = new Map<string, { readonly owner: T; readonly mark: string }>()
  readonly #found = new Map<T, Map<T, Duplicate<T>>>()

  /**
   * @param mark the same text of the same owner with the same mark is the same thing once more
   * @param example what people see
   */
  take(owner: T, text: string, mark: string, example: string): void {
    const key = digest(text)
    const before = this.#seen.get(key)
    if (before === undefined) {
      this.#seen.set(key, { owner, mark: digest(mark) })
      return
    }
    if (before.mark === digest(mark)) return
    const others = this.#found.get(before.owner) ?? new Map<T, Duplicate<T>>()
    this.#found.set(before.owner, others)
    const known = others.get(owner)
    if (known === undefined) {
      others.set(owner, { first: before.owner, second: owner, example, count: 1 })
    } else known.count += 1
  }

  get found(): readonly Duplicate<T>[] {
    return [...this.#found.values()].flatMap((others) => [...others.values()])
  }
}

export function digest(text: string): string {
  return createHash('md5').update(text).digest('base64')
}
