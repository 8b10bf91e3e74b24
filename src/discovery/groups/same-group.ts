import type { Labels } from '../../labels/index.js'
import type { TargetGroup } from './target-group.js'

/** Whether two groups mean the same targets, so that the second is no change. */
export function sameGroup(a: TargetGroup, b: TargetGroup): boolean {
  if (a === b) return true
  return (
    a.source === b.source &&
    a.targets.length === b.targets.length &&
    sameLabels(a.labels, b.labels) &&
    a.targets.every((target, i) => sameLabels(target, b.targets[i] ?? {}))
  )
}

function sameLabels(a: Labels, b: Labels): boolean {
  if (a === b) return true
  // Without Object.keys, which would make two lists for each of maybe a hundred thousand targets.
  let size = 0
  for (const name in a) {
    if (a[name] !== b[name] || !Object.hasOwn(b, name)) return false
    size += 1
  }
  for (const _ in b) size -= 1
  return size === 0
}
