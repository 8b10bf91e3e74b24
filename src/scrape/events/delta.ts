import type { TargetGroup } from '../../discovery/target-group.js'
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
  /** Those that cannot be made, and were not tried before. */
  readonly failed: readonly Failure[]
}

// So many targets are looked at between two chances to stop for a while.
const stride = 512

/** The difference that another version of a group makes; to be asked while no other changes. */
export function* differenceOfGroup(
  key: string,
  slot: GroupSlot,
  before: Side | undefined,
  after: Side | undefined,
): Generator<void, Delta> {
  const gone = yield* onlyIn(before?.state, after?.state, slot)
  const added = yield* onlyIn(after?.state, before?.state, slot)
  return {
    key,
    before,
    after,
    gone,
    added,
    dropped: yield* newlyDropped(before, after),
    failed: yield* newlyFailed(before, after),
  }
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
  const was = new Map(before.state.activeAt.map((at, i) => [at, i]))
  const same = new Set<number>()
  const added: number[] = []
  for (const [i, target] of after.state.active.entries()) {
    if (i % stride === stride - 1) yield
    if (!target.isShownBy(slots[1])) continue
    const known = was.get(after.state.activeAt[i] ?? -1)
    const old = known === undefined ? undefined : before.state.active[known]
    if (known !== undefined && old?.isShownBy(slots[0]) && old.is(target.list, target.values)) {
      same.add(known)
    } else added.push(i)
  }
  const gone = [...before.state.active.keys()].filter(
    (i) => !same.has(i) && before.state.active[i]?.isShownBy(slots[0]) === true,
  )
  const dropped = yield* newlyDropped(before, after)
  return { key, before, after, gone, added, dropped, failed: yield* newlyFailed(before, after) }
}

/** Positions of the active targets of one version that are the pool's only by it. */
function* onlyIn(
  state: GroupState | undefined,
  other: GroupState | undefined,
  slot: GroupSlot,
): Generator<void, readonly number[]> {
  const positions: number[] = []
  if (state === undefined) return positions
  const shared = new Set(other?.active)
  for (const [i, target] of state.active.entries()) {
    if (i % stride === stride - 1) yield
    // One that another group has as well was there before, or stays.
    if (!shared.has(target) && target.isShownBy(slot)) positions.push(i)
  }
  return positions
}

function* newlyDropped(
  before: Side | undefined,
  after: Side | undefined,
): Generator<void, readonly number[]> {
  if (after === undefined || after.state.dropped.length === 0) return []
  if (before === undefined || before.state.dropped.length === 0) return after.state.dropped
  const { group } = before.state
  const known = new Set(before.state.dropped.map((at) => addressAt(group, at)))
  yield
  return after.state.dropped.filter((at) => !known.has(addressAt(after.state.group, at)))
}

function* newlyFailed(
  before: Side | undefined,
  after: Side | undefined,
): Generator<void, readonly Failure[]> {
  const failures = after === undefined ? [] : yield* failuresOf(after)
  if (after === undefined || before === undefined || failures.length === 0) return failures
  const { group } = before.state
  const known = new Set((yield* failuresOf(before)).map(({ at }) => addressAt(group, at)))
  return failures.filter(({ at }) => !known.has(addressAt(after.state.group, at)))
}

function* failuresOf({ state, blueprint }: Side): Generator<void, readonly Failure[]> {
  const { group, activeAt, dropped } = state
  if (activeAt.length + dropped.length === group.targets.length) return []
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
