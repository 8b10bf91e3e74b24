import type { TargetGroup } from '../../discovery/groups/target-group.js'
import { labelValue } from '../../labels/index.js'
import type { Blueprint } from '../blueprint.js'
import type { GroupSlot } from '../group-slot.js'
import type { GroupState } from '../group-state.js'

/** A group at one time, and what its targets were made with. */
export interface Side {
  readonly state: GroupState
  readonly blueprint: Blueprint
}

/** A target that cannot be made, and why. */
export interface Failure {
  /** Where it stands in its group. */
  readonly at: number
  readonly fault: string
}

/** What a change of one group does to the targets of its pool. */
export interface Delta {
  readonly key: string
  readonly before: Side | undefined
  readonly after: Side | undefined
  /** Positions in the active targets before: of those that no group of the pool has any more. */
  readonly gone: readonly number[]
  /** Positions in the active targets after: of those that no group of the pool had. */
  readonly added: readonly number[]
  /** Positions in the group of the targets that a rule drops, and that it did not drop before. */
  readonly dropped: readonly number[]
  /** Those that cannot be made, and could before, or were not there. */
  readonly failed: readonly Failure[]
}

// So many targets are looked at between two chances to stop for a while.
const stride = 512
const none: readonly never[] = []
const allMade = { dropped: none, failed: none }

/** The difference that another version of a group makes; to be asked while no other changes. */
export function* differenceOfGroup(
  key: string,
  slot: GroupSlot,
  before: Side | undefined,
  after: Side | undefined,
): Generator<void, Delta> {
  const [was, is] = [before?.state.active ?? none, after?.state.active ?? none]
  // Most groups come whole or go whole: then there is nothing to compare.
  const shared = was.length === 0 || is.length === 0 ? undefined : new Set(was)
  const added: number[] = []
  for (let i = 0; i < is.length; i += 1) {
    if (i % stride === stride - 1) yield
    const target = is[i]
    // One that another group shows was there before.
    if (target !== undefined && shared?.delete(target) !== true && target.isShownBy(slot)) {
      added.push(i)
    }
  }
  const gone: number[] = []
  for (let i = 0; i < was.length; i += 1) {
    if (i % stride === stride - 1) yield
    const target = was[i]
    // What is left among the shared ones is not in the group any more.
    if (target !== undefined && shared?.has(target) !== false && target.isShownBy(slot)) {
      gone.push(i)
    }
  }
  const { dropped, failed } =
    after === undefined || isWhole(after) ? allMade : yield* notMade(before, after)
  return { key, before, after, gone, added, dropped, failed }
}

/**
 * The difference that another version of the job makes to a group.
 * @param slots the place of the group in the pool before and after
 */
export function* differenceOfRules(
  key: string,
  slots: readonly [before: GroupSlot, after: GroupSlot],
  before: Side,
  after: Side,
): Generator<void, Delta> {
  const [was, is] = [before.state, after.state]
  const added: number[] = []
  const gone: number[] = []
  let old = 0
  // Both are in the order of the group, which is the same one: a target is found at the same place.
  for (let i = 0; i <= is.active.length; i += 1) {
    if (i % stride === stride - 1) yield
    const at = is.activeAt[i] ?? Infinity
    for (; (was.activeAt[old] ?? Infinity) < at; old += 1) {
      if (was.active[old]?.isShownBy(slots[0]) === true) gone.push(old)
    }
    const target = is.active[i]
    const known = was.activeAt[old] === at ? was.active[old] : undefined
    if (known !== undefined) {
      const isShown = known.isShownBy(slots[0])
      if (isShown && target?.is(known.list, known.values) !== true) gone.push(old)
      old += 1
      if (isShown && target?.is(known.list, known.values) === true) continue
    }
    if (target?.isShownBy(slots[1]) === true) added.push(i)
  }
  const { dropped, failed } = isWhole(after) ? allMade : yield* notMade(before, after)
  return { key, before, after, gone, added, dropped, failed }
}

/** Whether every target of a group is active, as nearly always. */
function isWhole({ state }: Side): boolean {
  return state.activeAt.length === state.group.targets.length
}

/** The targets of a group that are dropped or fail now, and did not before. */
function* notMade(
  before: Side | undefined,
  after: Side,
): Generator<void, Pick<Delta, 'dropped' | 'failed'>> {
  const { activeAt, dropped, group } = after.state
  const isOld = yield* wasDropped(dropped.length === 0 ? undefined : before?.state)
  const failed =
    activeAt.length + dropped.length === group.targets.length
      ? none
      : yield* newlyFailed(before, after)
  return {
    dropped: isOld === undefined ? dropped : dropped.filter((at) => !isOld(group, at)),
    failed,
  }
}

function* wasDropped(
  state: GroupState | undefined,
): Generator<void, ((group: TargetGroup, at: number) => boolean) | undefined> {
  if (state === undefined || state.dropped.length === 0) return undefined
  const addresses = new Set<string>()
  for (let i = 0; i < state.dropped.length; i += 1) {
    if (i % stride === stride - 1) yield
    addresses.add(addressAt(state.group, state.dropped[i] ?? -1))
  }
  return (group, at) => addresses.has(addressAt(group, at))
}

function* newlyFailed(before: Side | undefined, after: Side): Generator<void, readonly Failure[]> {
  const failures = yield* failuresOf(after)
  if (before === undefined || failures.length === 0) return failures
  const { group } = before.state
  const known = new Set((yield* failuresOf(before)).map(({ at }) => addressAt(group, at)))
  return failures.filter(({ at }) => !known.has(addressAt(after.state.group, at)))
}

function* failuresOf({ state, blueprint }: Side): Generator<void, readonly Failure[]> {
  const { group, activeAt, dropped } = state
  if (activeAt.length + dropped.length === group.targets.length) return none
  const made = new Set([...activeAt, ...dropped])
  const reader = blueprint.reader(group)
  const failures: Failure[] = []
  for (let at = 0; at < group.targets.length; at += 1) {
    if (at % stride === stride - 1) yield
    if (made.has(at)) continue
    // The others are the same target once more.
    const outcome = reader.outcome(at)
    if (outcome.kind === 'failed') failures.push({ at, fault: outcome.fault })
  }
  return failures
}

/** The address of a target as it was discovered. */
export function addressAt(group: TargetGroup, at: number): string {
  const target = group.targets[at]
  const own = target === undefined ? '' : labelValue(target, '__address__')
  return own === '' ? labelValue(group.labels, '__address__') : own
}
