import type { TargetGroup } from '../../discovery/groups/target-group.js'
import { labelValue } from '../../labels/index.js'
import type { PoolGroup } from '../pool-group.js'
import type { PoolGroupChange } from '../pool-observer.js'
import type { GroupTargets } from '../targets/group-targets.js'
import type { Steps } from '../../waiting/turns.js'

/** A target that cannot be made, and why. */
export interface FailedTarget {
  /** Where it stands in its group. */
  readonly at: number
  readonly fault: string
}

/** What the change of one group does to the targets of its pool. */
export interface GroupDiff {
  readonly key: string
  readonly before: GroupTargets | undefined
  readonly after: GroupTargets | undefined
  /** Positions in the active targets before: of those that no group of the pool has any more. */
  readonly removed: readonly number[]
  /** Positions in the active targets after: of those that no group of the pool had. */
  readonly added: readonly number[]
  /** Positions in the group of the targets that a rule drops, and that it did not drop before. */
  readonly dropped: readonly number[]
  /** Those that cannot be made, and could before, or were not there. */
  readonly failed: readonly FailedTarget[]
}

// How many targets are looked at between two chances to stop for a while.
const stride = 512
const none: readonly never[] = []
const allActive = { dropped: none, failed: none }

/** What a change that discovery sent does; to be asked before the next group changes. */
export function* diffOfUpdate(change: PoolGroupChange): Steps<GroupDiff> {
  const { key, group, before, after } = change
  const [was, is] = [before?.active ?? none, after?.active ?? none]
  // Most groups come whole or go whole: then there is nothing to compare.
  const shared = was.length === 0 || is.length === 0 ? undefined : new Set(was)
  const added: number[] = []
  for (let i = 0; i < is.length; i += 1) {
    if (i % stride === stride - 1) yield
    const target = is[i]
    // One that another group lists was there before.
    if (target !== undefined && shared?.delete(target) !== true && target.isListedBy(group)) {
      added.push(i)
    }
  }
  const removed: number[] = []
  for (let i = 0; i < was.length; i += 1) {
    if (i % stride === stride - 1) yield
    const target = was[i]
    // What is left among the shared ones is not in the group any more.
    if (target !== undefined && shared?.has(target) !== false && target.isListedBy(group)) {
      removed.push(i)
    }
  }
  return { key, before, after, removed, added, ...(yield* inactiveOf(before, after)) }
}

/**
 * What another version of the job does to a group that discovery did not change.
 * @param old the group in the pool before
 * @param group the group in the pool now
 * @returns undefined where one of them has no targets
 */
export function* diffOfRebuild(
  key: string,
  old: PoolGroup,
  group: PoolGroup,
): Steps<GroupDiff | undefined> {
  const [before, after] = [old.targets, group.targets]
  if (before === undefined || after === undefined) return undefined
  const added: number[] = []
  const removed: number[] = []
  let j = 0
  // Both are in the order of the group, which is the same one: a target is found at the same place.
  for (let i = 0; i <= after.active.length; i += 1) {
    if (i % stride === stride - 1) yield
    const at = after.activeAt[i] ?? Infinity
    for (; (before.activeAt[j] ?? Infinity) < at; j += 1) {
      if (before.active[j]?.isListedBy(old) === true) removed.push(j)
    }
    const target = after.active[i]
    const known = before.activeAt[j] === at ? before.active[j] : undefined
    if (known !== undefined) {
      const isListed = known.isListedBy(old)
      if (isListed && target?.is(known.list, known.values) !== true) removed.push(j)
      j += 1
      if (isListed && target?.is(known.list, known.values) === true) continue
    }
    if (target?.isListedBy(group) === true) added.push(i)
  }
  return { key, before, after, removed, added, ...(yield* inactiveOf(before, after)) }
}

/** The targets of a group that are dropped or fail now, and did not before. */
function* inactiveOf(
  before: GroupTargets | undefined,
  after: GroupTargets | undefined,
): Steps<Pick<GroupDiff, 'dropped' | 'failed'>> {
  // Nearly always every target of a group is active.
  if (after === undefined || after.activeAt.length === after.discovered.targets.length) {
    return allActive
  }
  const { dropped, discovered } = after
  const isOld = yield* wasDropped(dropped.length === 0 ? undefined : before)
  return {
    dropped: isOld === undefined ? dropped : dropped.filter((at) => !isOld(discovered, at)),
    failed: yield* newlyFailed(before, after),
  }
}

function* wasDropped(
  targets: GroupTargets | undefined,
): Steps<((group: TargetGroup, at: number) => boolean) | undefined> {
  if (targets === undefined || targets.dropped.length === 0) return undefined
  const { dropped, discovered } = targets
  const addresses = new Set<string>()
  for (let i = 0; i < dropped.length; i += 1) {
    if (i % stride === stride - 1) yield
    addresses.add(addressAt(discovered, dropped[i] ?? -1))
  }
  return (group, at) => addresses.has(addressAt(group, at))
}

function* newlyFailed(
  before: GroupTargets | undefined,
  after: GroupTargets,
): Steps<readonly FailedTarget[]> {
  const failed = yield* failedOf(after)
  if (before === undefined || failed.length === 0) return failed
  const { discovered } = before
  const known = new Set((yield* failedOf(before)).map(({ at }) => addressAt(discovered, at)))
  return failed.filter(({ at }) => !known.has(addressAt(after.discovered, at)))
}

function* failedOf(targets: GroupTargets): Steps<readonly FailedTarget[]> {
  const { compiled, discovered, activeAt, dropped } = targets
  if (activeAt.length + dropped.length === discovered.targets.length) return none
  const made = new Set([...activeAt, ...dropped])
  const labels = compiled.labelsOf(discovered)
  const failed: FailedTarget[] = []
  for (let at = 0; at < discovered.targets.length; at += 1) {
    if (at % stride === stride - 1) yield
    if (made.has(at)) continue
    // The others are the same target once more.
    const result = labels.relabeled(at)
    const fault = result.kind === 'failed' ? result.fault : targets.heavyFaults.get(at)
    if (fault !== undefined) failed.push({ at, fault })
  }
  return failed
}

/** The address of a target as it was discovered. */
export function addressAt(group: TargetGroup, at: number): string {
  const target = group.targets[at]
  const own = target === undefined ? '' : labelValue(target, '__address__')
  return own === '' ? labelValue(group.labels, '__address__') : own
}
