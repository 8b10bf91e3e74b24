import type { Place } from './issue.js'

/** What can say where it stands. */
interface Placed {
  place(): Place
  keyPlace(key: string): Place
}

/**
 * Where the values of a decoded config stand in their files, for errors found later. It holds the
 * files' trees: let it go once everything is checked.
 */
export class Places {
  // A WeakMap would make every collection of garbage walk it.
  readonly #of = new Map<object, Placed>()

  remember(value: unknown, at: Placed): void {
    if (typeof value === 'object' && value !== null) this.#of.set(value, at)
  }

  /** Says of a value made of a decoded one that it stands where that does. */
  rememberCopy(copy: object, original: object): void {
    const at = this.#of.get(original)
    if (at !== undefined) this.#of.set(copy, at)
  }

  /**
   * The place of a decoded struct, list or map, or of one of its keys; where the key was left out,
   * the place of the whole. Undefined for values that came from no file.
   */
  of(value: object, key?: string): Place | undefined {
    const at = this.#of.get(value)
    return key === undefined ? at?.place() : at?.keyPlace(key)
  }
}
