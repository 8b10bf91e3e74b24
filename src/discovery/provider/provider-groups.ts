import type { Labels } from '../../labels/index.js'
import type { Steps } from '../../waiting/turns.js'
import { checkingGroups } from '../groups/check-groups.js'
import { type GroupChange, type GroupChanges, GroupStore } from '../groups/group-store.js'
import type { TargetGroup } from '../groups/target-group.js'
import type { Finding } from '../mechanism.js'

// How many groups and targets are taken at a time: about a millisecond of work.
const partSize = 4000

/** What a finding changed, or a part of it; no changes are an outcome too. */
export interface FindingOutcome {
  readonly changes: GroupChanges
  /** Nothing of the finding is still to come. */
  readonly isLast: boolean
  /** It, or a part before it, has changes. */
  readonly hasChanged: boolean
}

/** The groups of one provider: what is known of them, and how surely. */
export class ProviderGroups {
  readonly #store = new GroupStore()
  readonly #takesParts: boolean
  readonly #labels: Labels | undefined
  #staleSince: number | undefined
  /** Groups from before, which no finding of this subscription has named. */
  #unnamed = new Set<string>()

  /**
   * @param takesParts whether a large finding may become known in parts
   * @param labels what each group that is found gets, in place of its own labels of that name
   */
  constructor(takesParts: boolean, labels?: Labels) {
    this.#takesParts = takesParts
    this.#labels = labels
  }

  get all(): ReadonlyMap<string, TargetGroup> {
    return this.#store.groups
  }

  /** The number of targets over all groups. */
  get targets(): number {
    return this.#store.targets
  }

  /** From when groups of an earlier run are; undefined when there are none. */
  get staleSince(): number | undefined {
    return this.#staleSince
  }

  /** Takes groups of an earlier run. @param asOf when they were good; milliseconds since 1970 */
  restore(groups: readonly TargetGroup[], asOf: number): void {
    this.#store.take(groups)
    this.#staleSince = asOf
  }

  /** Drops everything: groups of an earlier run are too old. */
  expire(): FindingOutcome {
    this.#staleSince = undefined
    const changes = new Map<string, GroupChange>()
    this.#store.drop([...this.#store.groups.keys()], changes)
    return { changes, isLast: true, hasChanged: changes.size > 0 }
  }

  /** A discoverer was subscribed to: it has named no group yet. */
  begin(): void {
    this.#unnamed = new Set(this.#store.groups.keys())
  }

  /**
   * Takes what a discoverer found, in parts where it is large; yields what came of each.
   * @throws {InvalidGroupsError} when something is wrong with the groups; nothing changes then
   */
  *take({ groups = [], complete }: Finding): Steps<void, FindingOutcome> {
    const all = labelled(yield* checkingGroups(groups), this.#labels)
    const parts = this.#takesParts ? batchParts(all) : [all]
    let hasChanged = false
    for (const [i, part] of parts.entries()) {
      const isLast = i === parts.length - 1
      const changes = this.#store.take(part)
      if (this.#unnamed.size > 0) for (const { source } of part) this.#unnamed.delete(source)
      if (isLast && complete === true) {
        this.#store.drop(this.#unnamed, changes)
        this.#unnamed = new Set()
      }
      // Once every group is named or gone, nothing is left of an earlier run.
      if (isLast && this.#unnamed.size === 0) this.#staleSince = undefined
      hasChanged ||= changes.size > 0
      yield { changes, isLast, hasChanged }
    }
  }
}

function labelled(
  groups: readonly TargetGroup[],
  labels: Labels | undefined,
): readonly TargetGroup[] {
  if (labels === undefined) return groups
  return groups.map((group) => ({ ...group, labels: { ...group.labels, ...labels } }))
}

/** Cuts groups into parts; a few of them are one part. */
function batchParts(batch: readonly TargetGroup[]): readonly (readonly TargetGroup[])[] {
  const parts: (readonly TargetGroup[])[] = []
  let from = 0
  let size = 0
  for (const [at, { targets }] of batch.entries()) {
    if (size >= partSize) {
      parts.push(batch.slice(from, at))
      from = at
      size = 0
    }
    size += 1 + targets.length
  }
  return [...parts, batch.slice(from)]
}
