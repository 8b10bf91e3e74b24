import { countBelow } from '../discovery/sorted.js'
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

/** The parts with so many dropped targets; the last one only as far as they go. */
function firstDropped(parts: readonly ListPart[], count: number): readonly ListPart[] {
  const kept: GroupRange[] = []
  let left = count
  for (const { ranges } of parts) {
    for (const range of ranges) {
      const { dropped } = range.state
      const first = countBelow(dropped, range.from)
      const found = countBelow(dropped, range.to) - first
      if (found === 0) continue
      if (found >= left) {
        kept.push({ ...range, to: (dropped[first + left - 1] ?? range.to) + 1 })
        return [{ ranges: kept }]
      }
      kept.push(range)
      left -= found
    }
  }
  return [{ ranges: kept }]
}
