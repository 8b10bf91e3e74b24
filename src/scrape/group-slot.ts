import type { GroupState } from './group-state.js'
import type { Holder } from './target.js'

/** The place of one target group in a pool: what it is at the moment. */
export class GroupSlot implements Holder {
  #state: GroupState | undefined
  #version = 0

  /** Undefined before the group is complete for the first time. */
  get state(): GroupState | undefined {
    return this.#state
  }

  /** Another number whenever the slot shows something else. */
  get version(): number {
    return this.#version
  }

  show(state: GroupState | undefined): void {
    this.#state = state
    this.#version += 1
  }

  shownChanged(): void {
    this.#version += 1
  }
}
