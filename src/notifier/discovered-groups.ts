import type { GroupKey, TargetGroup, TargetUpdate } from '../discovery/index.js'

interface DiscoveredSet {
  generation: number
  readonly groups: Map<GroupKey, TargetGroup>
}

/** The target groups of all sets, as discovery last sent them. */
export class DiscoveredGroups {
  readonly #sets = new Map<string, DiscoveredSet>()
  #newest = 0

  /** The newest generation there was an update of; 0 before the first. */
  get newest(): number {
    return this.#newest
  }

  /** The names of all sets that there was an update of. */
  names(): readonly string[] {
    return [...this.#sets.keys()]
  }

  groupsOf(set: string): Iterable<TargetGroup> {
    return this.#sets.get(set)?.groups.values() ?? []
  }

  /** The generation of a set's last update; 0 before the first. */
  generationOf(set: string): number {
    return this.#sets.get(set)?.generation ?? 0
  }

  take({ set: name, generation, changes, removed }: TargetUpdate): void {
    const set = this.#sets.get(name) ?? { generation, groups: new Map<GroupKey, TargetGroup>() }
    this.#sets.set(name, set)
    set.generation = generation
    for (const [key, group] of changes) {
      if (group === undefined) set.groups.delete(key)
      else set.groups.set(key, group)
    }
    if (removed === true) set.groups.clear()
    // Groups of every generation say nothing about which one there is.
    if (generation !== Infinity) this.#newest = Math.max(this.#newest, generation)
  }
}
