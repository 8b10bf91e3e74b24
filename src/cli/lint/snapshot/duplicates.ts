import { createHash } from 'node:crypto'
import { redactUrl } from '../../../go/url.js'

/** Things of two owners that are the same. */
export interface Duplicate<T> {
  readonly first: T
  readonly second: T
  /** A URL, without its password. */
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
   * @param url of the one with this text
   */
  take(owner: T, text: string, mark: string, url: string): void {
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
      others.set(owner, { first: before.owner, second: owner, example: redactUrl(url), count: 1 })
    } else known.count += 1
  }

  get found(): readonly Duplicate<T>[] {
    return [...this.#found.values()].flatMap((others) => [...others.values()])
  }
}

/** Tells texts apart like the text itself, in 24 characters at most. */
export function digest(text: string): string {
  if (text.length < 24) return text
  return createHash('md5').update(text).digest('base64')
}
