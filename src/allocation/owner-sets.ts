import type { MemberSpec } from './member.js'

/** Keeps one array for each set of owners: targets have the same few, and equal ones are identical. */
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
      known = ids.slice()
      sets.set(key, known)
    }
    return known
  }
}

const none: readonly string[] = []
