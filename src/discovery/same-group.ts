import type { Labels } from '../labels/index.js'
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
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && a[name] === b[name])
  )
}
