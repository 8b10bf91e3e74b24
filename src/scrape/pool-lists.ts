import { countBelow } from '../go/sort-search.js'
import type { GroupReader } from './blueprint.js'
import { activeEntry, droppedEntry, type EntryContext, sdEntry } from './entries.js'
import type { GroupRange, ListPart } from './list-part.js'
import { type ListKind, PoolList } from './pool-list.js'
import type { PoolState } from './pool-state.js'
import type { Target } from './target.js'

/** Adds the elements of some targets. */
type Write = (range: GroupRange, reader: GroupReader, context: EntryContext, to: string[]) => void

/**
 * A list of a pool.
 * @param keepDropped how many dropped targets are shown; 0 for all
 */
export function poolList(
  kind: ListKind,
  pool: PoolState,
  context: EntryContext,
  keepDropped: number,
): PoolList {
  const parts = pool.parts()
  const shown = kind === 'dropped' && keepDropped > 0 ? firstDropped(parts, keepDropped) : parts
  const write = writers[kind]
  const text = (index: number): string => {
    const elements: string[] = []
    for (const range of shown[index]?.ranges ?? []) {
      write(range, pool.blueprint.reader(range.state.group), context, elements)
    }
    return elements.join(',')
  }
  return new PoolList(`${kind} ${context.job.job_name}`, context.poolError, shown, text)
}

const writers: Readonly<Record<ListKind, Write>> = {
  active: (range, reader, context, to) => {
    eachShown(range, (target, at) => to.push(activeEntry(target, reader.discovered(at), context)))
  },
  dropped: ({ state, from, to: end }, reader, context, to) => {
    const { dropped } = state
    for (let i = countBelow(dropped, from); i < dropped.length; i += 1) {
      const at = dropped[i] ?? end
      if (at >= end) return
      to.push(droppedEntry(reader.discovered(at), context))
    }
  },
  relabeled: (range, _reader, context, to) => {
    eachShown(range, (target) => to.push(sdEntry(target, context)))
  },
  raw: ({ from, to: end }, reader, context, to) => {
    for (let at = from; at < end; at += 1) to.push(sdEntry(reader.discovered(at), context))
  },
}

/** The active targets that this group is the one to show. */
function eachShown(
  { slot, state, from, to }: GroupRange,
  take: (target: Target, at: number) => void,
): void {
  const { active, activeAt } = state
  for (let i = countBelow(activeAt, from); i < active.length; i += 1) {
    const at = activeAt[i] ?? to
    if (at >= to) return
    const target = active[i]
    if (target?.isShownBy(slot) === true) take(target, at)
  }
}

/** The parts with so many dropped targets; of the last one only what is wanted. */
function firstDropped(parts: readonly ListPart[], count: number): readonly ListPart[] {
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

/** Ranges with so many dropped targets. */
function firstRanges(ranges: readonly GroupRange[], count: number): readonly GroupRange[] {
  const kept: GroupRange[] = []
  let left = count
  for (const range of ranges) {
    if (left === 0) break
    const { dropped } = range.state
    const first = countBelow(dropped, range.from)
    const found = Math.min(left, droppedIn(range))
    if (found > 0) kept.push({ ...range, to: (dropped[first + found - 1] ?? range.to) + 1 })
    left -= found
  }
  return kept
}

function droppedIn({ state: { dropped }, from, to }: GroupRange): number {
  return countBelow(dropped, to) - countBelow(dropped, from)
}
