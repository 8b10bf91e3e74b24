import type { MemberSpec } from './member.js'

/** Keeps one array for each set of owners: targets have the same few. */
export class OwnerSets {
  readonly #single: Map<string, readonly string[]> = new Map()
  readonly #several: Map<string, readonly string[]> = new Map()

  ofMembers(members: readonly MemberSpec[]): readonly string[] {
    return this.of(members.map(({ id }) => id))
  }

  of(ids: readonly string[]): readonly string[] {
    const [first] = ids
    if (first === undefined) return none
    const isSingle = ids.length === 1
    const sets = isSingle ? this.#single : this.#several
    const key = isSingle ? first : JSON.stringify(ids)
    let known = sets.get(key)
    if (known === undefined) {
      // Members come and go for as long as the process runs.
      if (sets.size >= mostSets) sets.clear()
      known = ids.slice()
      sets.set(key, known)
    }
    return known
  }
}

const none: readonly string[] = []
const mostSets = 100_000

/** Whether two sets of owners are the same. */
export function isSameOwners(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((id, i) => id === b[i]))
}
