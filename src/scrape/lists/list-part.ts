import type { GroupKey } from '../../discovery/updates.js'
import { countBelow } from '../../go/sort-search.js'
import type { GroupTargets } from '../targets/group-targets.js'
import type { TargetHolder } from '../targets/target.js'

/** A group of the pool, by its key. */
interface ListedHolder extends TargetHolder {
  readonly key: GroupKey
}

/** Some targets of a group at one moment: from one position in it to before another. */
export interface GroupRange {
  readonly holder: ListedHolder
  readonly targets: GroupTargets
  readonly from: number
  readonly to: number
  /** The targets are listed whichever of their groups lists them now: another list than the pool's chose them. */
  readonly isChosen?: true
}

/**
 * A part of the lists of a pool. It never changes: what was made of it holds as long as the part is
 * among those of the pool.
 */
export interface ListPart {
  readonly ranges: readonly GroupRange[]
}

/** A group that can be listed. */
export interface Listable extends ListedHolder {
  /** Undefined while there is nothing to list. */
  readonly targets: GroupTargets | undefined
}

/** How many targets are in a part: it takes about a millisecond to write one. */
export const partSize = 256

/** Cuts groups, one after the other, into parts. */
export function cutParts(groups: Iterable<Listable>): readonly ListPart[] {
  const parts: ListPart[] = []
  let ranges: GroupRange[] = []
  let room = partSize
  for (const group of groups) {
    const { targets } = group
    if (targets === undefined) continue
    const { length } = targets.discovered.targets
    for (let from = 0; from < length; ) {
      const to = Math.min(length, from + room)
      ranges.push({ holder: group, targets, from, to })
      room -= to - from
      from = to
      if (room > 0) continue
      parts.push({ ranges })
      ranges = []
      room = partSize
    }
  }
  if (ranges.length > 0) parts.push({ ranges })
  return parts
}

/**
 * The parts that hold the first dropped targets; of the last one only what is wanted.
 * @param count how many dropped targets
 */
export function firstDropped(parts: readonly ListPart[], count: number): readonly ListPart[] {
  const kept: ListPart[] = []
  let left = count
  for (const part of parts) {
    const found = part.ranges.reduce((sum, range) => sum + droppedIn(range), 0)
    if (found > left) {
      kept.push({ ranges: firstRanges(part.ranges, left) })
      return kept
    }
    if (found > 0) kept.push(part)
    left -= found
  }
  return kept
}

function firstRanges(ranges: readonly GroupRange[], count: number): readonly GroupRange[] {
  const kept: GroupRange[] = []
  let left = count
  for (const range of ranges) {
    if (left === 0) break
    const { dropped } = range.targets
    const first = countBelow(dropped, range.from)
    const found = Math.min(left, droppedIn(range))
    if (found > 0) kept.push({ ...range, to: (dropped[first + found - 1] ?? range.to) + 1 })
    left -= found
  }
  return kept
}

function droppedIn({ targets: { dropped }, from, to }: GroupRange): number {
  return countBelow(dropped, to) - countBelow(dropped, from)
}
