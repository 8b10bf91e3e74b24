import { sameGroup } from './same-group.js'
import type { TargetGroup } from './target-group.js'

/** A group that differs now; undefined where there was none, or is none any more. */
export interface GroupChange {
  readonly before: TargetGroup | undefined
  readonly after: TargetGroup | undefined
}

/** What changed in a provider, by source. */
export type GroupChanges = ReadonlyMap<string, GroupChange>

/** The groups one provider has now, by source. Groups without targets are not kept. */
export class GroupStore {
  readonly #groups = new Map<string, TargetGroup>()
  #targets = 0

  get groups(): ReadonlyMap<string, TargetGroup> {
    return this.#groups
  }

  /** The number of targets over all groups. */
  get targets(): number {
    return this.#targets
  }

  /**
   * Takes groups, and says what is different now. This is the one place where groups are compared: a
   * group like the one there already is no change, so a poll that finds nothing new costs its
   * consumers nothing.
   */
  take(groups: Iterable<TargetGroup>): Map<string, GroupChange> {
    const changes = new Map<string, GroupChange>()
    for (const group of groups) {
      const before = this.#groups.get(group.source)
      if (group.targets.length === 0) {
        if (before !== undefined) this.#drop(before, changes)
      } else if (before === undefined || !sameGroup(before, group)) {
        this.#targets += group.targets.length - (before?.targets.length ?? 0)
        this.#groups.set(group.source, group)
        note(changes, group.source, before, group)
      }
    }
    return changes
  }

  /** Deletes groups, and adds those that were there to `changes`. */
  drop(sources: Iterable<string>, changes: Map<string, GroupChange>): void {
    for (const source of sources) {
      const group = this.#groups.get(source)
      if (group !== undefined) this.#drop(group, changes)
    }
  }

  #drop(group: TargetGroup, changes: Map<string, GroupChange>): void {
    this.#groups.delete(group.source)
    this.#targets -= group.targets.length
    note(changes, group.source, group, undefined)
  }
}

function note(
  changes: Map<string, GroupChange>,
  source: string,
  before: TargetGroup | undefined,
  after: TargetGroup | undefined,
): void {
  // Where a batch names a source twice, what was there before the batch counts.
  const earlier = changes.get(source)
  changes.set(source, { before: earlier === undefined ? before : earlier.before, after })
}
