import type { PoolGroup } from '../pool-group.js'
import type { Target } from '../targets/target.js'
import type { EventKind } from './event.js'
import type { EventWriter } from './event-writer.js'
import { addressAt, type GroupDiff } from './group-diff.js'
import type { Replacements } from './replacements.js'
import type { Steps } from '../../waiting/turns.js'

// How many targets are looked at between two chances to stop for a while.
const stride = 512

/** Writes the events of what a change of one group does, without targets that only moved. */
export function* writeDiff(
  diff: GroupDiff,
  replacements: Replacements,
  writer: EventWriter,
): Steps {
  yield
  const { key, dropped, failed, after } = diff
  const isInactive = dropped.length > 0 || failed.length > 0
  const removedAt = isInactive
    ? yield* removedByAddress(diff, replacements)
    : new Map<string, Target>()
  const deactivated = new Set<Target>()
  const oldAt = (at: number): Target | undefined => {
    const group = after?.discovered
    const old = group && removedAt.get(addressAt(group, at))
    if (old !== undefined) deactivated.add(old)
    return old
  }
  // First those that say why a target went: it gets no second event for its removal.
  each(key, 'dropped', dropped, writer, (at) => writer.dropped(diff, at, oldAt(at)))
  each(key, 'failed', failed, writer, ({ at, fault }) => writer.failed(diff, at, fault, oldAt(at)))
  const removed = yield* removedForGood(diff, replacements, deactivated)
  each(key, 'removed', removed, writer, (index) => writer.removed(diff, index))
  yield
  const { added, changed } = yield* addedOrChanged(diff, replacements)
  each(key, 'added', added, writer, (index) => writer.added(diff, index))
  each(key, 'changed', changed, writer, ({ index, old }) => writer.changed(diff, index, old))
}

/**
 * Counts what a change of one group does, where that takes no comparing.
 * @returns whether it did
 */
export function countDiff(
  diff: GroupDiff,
  replacements: Replacements,
  writer: EventWriter,
): boolean {
  const { key, removed, added, dropped, failed } = diff
  const isInactive = dropped.length > 0 || failed.length > 0
  if (replacements.replaced.size > 0 || (removed.length > 0 && isInactive)) return false
  writer.count(key, 'dropped', dropped.length)
  writer.count(key, 'failed', failed.length)
  writer.count(key, 'removed', removed.length)
  writer.count(key, 'added', added.length)
  return true
}

/** Writes that all targets of a group are gone together with their pool. */
export function writeRemoval(key: string, group: PoolGroup, writer: EventWriter): void {
  const before = group.targets
  if (before === undefined) return
  const { active } = before
  if (writer.isFull) {
    // Those that another group has too are counted with both: looking at each would take long.
    writer.count(key, 'removed', active.length)
    return
  }
  const removed = [...active.keys()].filter((i) => active[i]?.isListedBy(group))
  const diff = { key, before, after: undefined, removed, added: [], dropped: [], failed: [] }
  each(key, 'removed', removed, writer, (index) => writer.removed(diff, index))
}

/** Writes an event for each item as long as the limit allows, and counts the rest. */
function each<T>(
  key: string,
  kind: EventKind,
  items: readonly T[],
  writer: EventWriter,
  write: (item: T) => void,
): void {
  for (const [i, item] of items.entries()) {
    if (writer.isFull) {
      writer.count(key, kind, items.length - i)
      return
    }
    write(item)
  }
}

/** The active targets that are gone, by the addresses they were discovered with. */
function* removedByAddress(
  { before, removed }: GroupDiff,
  { replaced }: Replacements,
): Steps<ReadonlyMap<string, Target>> {
  const found = new Map<string, Target>()
  if (before === undefined) return found
  const { active, activeAt, discovered } = before
  for (const [i, index] of removed.entries()) {
    if (i % stride === stride - 1) yield
    const target = active[index]
    if (target === undefined || replaced.has(target)) continue
    found.set(addressAt(discovered, activeAt[index] ?? -1), target)
  }
  return found
}

function* removedForGood(
  { before, removed }: GroupDiff,
  { replaced }: Replacements,
  deactivated: ReadonlySet<Target>,
): Steps<readonly number[]> {
  if (replaced.size === 0 && deactivated.size === 0) return removed
  const gone: number[] = []
  for (const [i, index] of removed.entries()) {
    if (i % stride === stride - 1) yield
    const target = before?.active[index]
    if (target !== undefined && !replaced.has(target) && !deactivated.has(target)) gone.push(index)
  }
  return gone
}

/** An added target that another one was before. */
interface Changed {
  readonly index: number
  readonly old: Target
}

function* addedOrChanged(
  { after, added }: GroupDiff,
  { replaces }: Replacements,
): Steps<{ readonly added: readonly number[]; readonly changed: readonly Changed[] }> {
  if (replaces.size === 0) return { added, changed: [] }
  const fresh: number[] = []
  const changed: Changed[] = []
  for (const [i, index] of added.entries()) {
    if (i % stride === stride - 1) yield
    const target = after?.active[index]
    if (target === undefined) continue
    const old = replaces.get(target)
    if (old === undefined) fresh.push(index)
    else if (!old.is(target.list, target.values)) changed.push({ index, old })
  }
  return { added: fresh, changed }
}
