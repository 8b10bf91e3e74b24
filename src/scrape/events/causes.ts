import type { ChangeCause, TargetEvent } from '../../discovery/updates.js'
import type { GroupKey } from '../../discovery/updates.js'

/**
 * Remembers why the groups of a set change, from when discovery says so until the pool has worked it
 * in. Nearly always it is an answer of their provider: that is what is not written down.
 */
export class Causes {
  readonly #sets: Map<string, Map<GroupKey, ChangeCause>> = new Map()

  note({ set, cause, changes }: TargetEvent): void {
    const known = this.#sets.get(set)
    if (cause === 'answer') this.forget(set, changes.keys())
    else {
      const noted = known ?? new Map<GroupKey, ChangeCause>()
      this.#sets.set(set, noted)
      for (const key of changes.keys()) noted.set(key, cause)
    }
  }

  of(set: string, key: GroupKey): ChangeCause {
    return this.#sets.get(set)?.get(key) ?? 'answer'
  }

  forget(set: string, keys: Iterable<GroupKey>): void {
    const noted = this.#sets.get(set)
    if (noted === undefined) return
    for (const key of keys) noted.delete(key)
    if (noted.size === 0) this.#sets.delete(set)
  }

  forgetSet(set: string): void {
    this.#sets.delete(set)
  }
}
