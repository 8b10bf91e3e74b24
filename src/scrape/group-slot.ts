import type { GroupBlock } from './group-block.js'
import type { GroupState } from './group-state.js'
import type { Listed } from './list-part.js'

/** The place of one target group in a pool: what it is at the moment. */
export class GroupSlot implements Listed {
  /** Where it is listed. */
  block: GroupBlock<GroupSlot> | undefined
  #state: GroupState | undefined

  /** Undefined before the group is complete for the first time. */
  get state(): GroupState | undefined {
    return this.#state
  }

  /** How many targets the group has, dropped ones included. */
  get size(): number {
    return this.#state?.group.targets.length ?? 0
  }

  show(state: GroupState | undefined): void {
    this.#state = state
  }

  shownChanged(): void {
    this.block?.changed()
  }
}
