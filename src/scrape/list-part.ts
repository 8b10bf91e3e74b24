import type { GroupState } from './group-state.js'
import type { Holder } from './target.js'

/** A group that can be listed. */
export interface Listed extends Holder {
  /** Undefined while there is nothing to list. */
  readonly state: GroupState | undefined
  /** How many targets it has, dropped ones included. */
  readonly size: number
}

/** Some targets of a group at one moment: from one position in it to before another. */
export interface GroupRange {
  readonly slot: Holder
  readonly state: GroupState
  readonly from: number
  readonly to: number
}

/**
 * A part of the lists of a pool. It never changes: what was made of it holds as long as the part is
 * among those of the pool, and goes with it.
 */
export interface ListPart {
  readonly ranges: readonly GroupRange[]
}

/** How many targets are in a part: it takes about a millisecond to write one. */
export const partSize = 256

/** Cuts groups, one after the other, into parts. */
export function cutParts(slots: Iterable<Listed>): readonly ListPart[] {
  const parts: ListPart[] = []
  let ranges: GroupRange[] = []
  let room = partSize
  for (const slot of slots) {
    const { state } = slot
    if (state === undefined) continue
    const { length } = state.group.targets
    for (let from = 0; from < length; ) {
      const to = Math.min(length, from + room)
      ranges.push({ slot, state, from, to })
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
