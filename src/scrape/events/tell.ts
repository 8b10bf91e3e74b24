import type { Blueprint } from '../blueprint.js'
import type { GroupSlot } from '../group-slot.js'
import type { Target } from '../target.js'
import type { Account } from './account.js'
import { addressAt, type Delta } from './delta.js'
import type { EventKind } from './event.js'
import type { Pairs } from './pairs.js'

const stride = 512

/** Tells what a change of one group does, except for what only looks like a change. */
export function* tellDelta(delta: Delta, pairs: Pairs, account: Account): Generator<void> {
  yield
  const { key, dropped, failed, after } = delta
  const left = new Map<string, Target>()
  if (dropped.length > 0 || failed.length > 0) yield* collectLeft(delta, pairs, left)
  const merged = new Set<Target>()
  const oldAt = (at: number): Target | undefined => {
    const group = after?.state.group
    const old = group && left.get(addressAt(group, at))
    if (old !== undefined) merged.add(old)
    return old
  }
  // First those that say why a target went: its removal is not told a second time.
  each(key, 'dropped', dropped, account, (at) => account.dropped(delta, at, oldAt(at)))
  each(key, 'failed', failed, account, ({ at, fault }) =>
    account.failed(delta, at, fault, oldAt(at)),
  )
  const gone = yield* goneForGood(delta, pairs, merged)
  each(key, 'removed', gone, account, (index) => account.removed(delta, index))
  yield
  const { added, changed } = yield* arrivals(delta, pairs)
  each(key, 'added', added, account, (index) => account.added(delta, index))
  each(key, 'changed', changed, account, (index) => {
    const target = after?.state.active[index]
    account.added(delta, index, target && pairs.came.get(target))
  })
}

/**
 * Counts what a change of one group does, where that takes no comparing.
 * @returns whether it did
 */
export function countDelta(delta: Delta, pairs: Pairs, account: Account): boolean {
  const { key, gone, added, dropped, failed } = delta
  const isOther = dropped.length > 0 || failed.length > 0
  if (pairs.went.size > 0 || (gone.length > 0 && isOther)) return false
  account.count(key, 'dropped', dropped.length)
  account.count(key, 'failed', failed.length)
  account.count(key, 'removed', gone.length)
  account.count(key, 'added', added.length)
  return true
}

/** Tells that all targets of a group are gone together with their pool. */
export function tellRemoval(
  key: string,
  slot: GroupSlot,
  blueprint: Blueprint,
  account: Account,
): void {
  const { state } = slot
  if (state === undefined) return
  if (account.isFull) {
    // Those that another group has too are counted with both: looking at each would take long.
    account.count(key, 'removed', state.active.length)
    return
  }
  const gone = [...state.active.keys()].filter((i) => state.active[i]?.isShownBy(slot))
  const before = { state, blueprint }
  const nothing = { after: undefined, added: [], dropped: [], failed: [] }
  const delta: Delta = { key, before, gone, ...nothing }
  each(key, 'removed', gone, account, (index) => account.removed(delta, index))
}

/** Tells of some as long as there is room, and counts the rest. */
function each<T>(
  key: string,
  kind: EventKind,
  items: readonly T[],
  account: Account,
  tell: (item: T) => void,
): void {
  for (const [i, item] of items.entries()) {
    if (account.isFull) {
      account.count(key, kind, items.length - i)
      return
    }
    tell(item)
  }
}

/** The active targets that went, by the addresses they were discovered with. */
function* collectLeft(
  { before, gone }: Delta,
  pairs: Pairs,
  left: Map<string, Target>,
): Generator<void> {
  if (before === undefined) return
  const { active, activeAt, group } = before.state
  for (const [i, index] of gone.entries()) {
    if (i % stride === stride - 1) yield
    const target = active[index]
    if (target === undefined || pairs.went.has(target)) continue
    left.set(addressAt(group, activeAt[index] ?? -1), target)
  }
}

function* goneForGood(
  { before, gone }: Delta,
  pairs: Pairs,
  merged: ReadonlySet<Target>,
): Generator<void, readonly number[]> {
  if (pairs.went.size === 0 && merged.size === 0) return gone
  const left: number[] = []
  for (const [i, index] of gone.entries()) {
    if (i % stride === stride - 1) yield
    const target = before?.state.active[index]
    if (target !== undefined && !pairs.went.has(target) && !merged.has(target)) left.push(index)
  }
  return left
}

function* arrivals(
  { after, added }: Delta,
  pairs: Pairs,
): Generator<void, { readonly added: readonly number[]; readonly changed: readonly number[] }> {
  if (pairs.came.size === 0) return { added, changed: [] }
  const fresh: number[] = []
  const changed: number[] = []
  for (const [i, index] of added.entries()) {
    if (i % stride === stride - 1) yield
    const target = after?.state.active[index]
    if (target === undefined) continue
    const old = pairs.came.get(target)
    if (old === undefined) fresh.push(index)
    else if (!old.is(target.list, target.values)) changed.push(index)
  }
  return { added: fresh, changed }
}
