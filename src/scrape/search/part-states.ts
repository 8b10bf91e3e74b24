import { countBelow } from '../../go/sort-search.js'
import type { ListPart } from '../lists/list-part.js'
import type { Steps } from '../../waiting/turns.js'
import { stateOf } from './row-list.js'
import type { GroupFacts } from './rows.js'

/** It is active, and another group lists it. */
export const listedElsewhere = 128

/** Finds out once for each part what its targets are; parts never change. A byte a target. */
export class StateCache {
  readonly #states: WeakMap<ListPart, Uint8Array> = new WeakMap()

  known(part: ListPart): Uint8Array | undefined {
    return this.#states.get(part)
  }

  /** The state of each target, as {@link stateOf} has it; {@link listedElsewhere} or 0 where it is not shown. */
  *of(part: ListPart, facts: GroupFacts): Steps<Uint8Array> {
    const size = part.ranges.reduce((sum, { from, to }) => sum + to - from, 0)
    const states = new Uint8Array(size)
    let start = 0
    for (const { holder, targets, from, to } of part.ranges) {
      const { active, activeAt, dropped } = targets
      const failed = facts.knownFailed(targets) ?? (yield* facts.failedOf(targets))
      for (let i = countBelow(activeAt, from); (activeAt[i] ?? to) < to; i += 1) {
        const isListed = active[i]?.isListedBy(holder) === true
        states[start + (activeAt[i] ?? 0) - from] = isListed ? isActive : listedElsewhere
      }
      for (let i = countBelow(dropped, from); (dropped[i] ?? to) < to; i += 1) {
        states[start + (dropped[i] ?? 0) - from] = isDropped
      }
      for (let i = countBelow(failed, from); (failed[i] ?? to) < to; i += 1) {
        states[start + (failed[i] ?? 0) - from] = isFailed
      }
      start += to - from
    }
    this.#states.set(part, states)
    return states
  }
}

const isActive = stateOf('active')
const isDropped = stateOf('dropped')
const isFailed = stateOf('failed')
