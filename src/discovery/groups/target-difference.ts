import { type Labels, labelValue } from '../../labels/index.js'
import type { GroupChange } from './group-store.js'
import type { TargetGroup } from './target-group.js'

/** The targets of one group that came and went, each with the labels of its group. */
export interface TargetDifference {
  readonly added: readonly Labels[]
  readonly removed: readonly Labels[]
}

/** Says which targets a change of a group adds and removes; one with other labels is both. */
export function differenceOf({ before, after }: GroupChange): TargetDifference {
  const old = labelled(before)
  const now = labelled(after)
  return {
    added: [...now].filter(([key]) => !old.has(key)).map(([, labels]) => labels),
    removed: [...old].filter(([key]) => !now.has(key)).map(([, labels]) => labels),
  }
}

function labelled(group: TargetGroup | undefined): ReadonlyMap<string, Labels> {
  const found = new Map<string, Labels>()
  for (const target of group?.targets ?? []) {
    const labels = { ...group?.labels, ...target }
    found.set(JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))), labels)
  }
  return found
}

/** The targets of a group whose address is not in another version of it. */
export function missingTargets({ before, after }: GroupChange): readonly Labels[] {
  if (before === undefined) return []
  const left = new Set(after?.targets.map(addressOf))
  return before.targets.filter((target) => !left.has(addressOf(target)))
}

/** The address a target is known by. */
export function addressOf(target: Labels): string {
  return labelValue(target, '__address__')
}
