import { GroupBlock } from './group-block.js'
import type { GroupSlot } from './group-slot.js'
import type { GroupState } from './group-state.js'
import { type ListPart, partSize } from './list-part.js'

// A block with less left than this gives it to the last one: parts must not become many and small.
const minTargets = partSize / 4
// A block with more than this lets a group that grows go: others must not be written again with it.
const maxTargets = partSize * 2

/** The order in which a pool lists its groups, and what keeps its lists from being made anew. */
export class GroupBlocks {
  readonly #blocks: Set<GroupBlock<GroupSlot>> = new Set()
  /** Blocks that were changed since they were cut into parts. */
  readonly #changed: Set<GroupBlock<GroupSlot>> = new Set()
  #last: GroupBlock<GroupSlot> | undefined

  /** Everything that is shown at this moment, in order. */
  parts(): readonly ListPart[] {
    const parts: ListPart[] = []
    for (const block of this.#blocks) for (const part of block.cut()) parts.push(part)
    return parts
  }

  /** Cuts what was changed into parts, so that whoever reads the lists need not. */
  *cut(): Generator<void> {
    for (const block of this.#changed) {
      this.#changed.delete(block)
      block.cut()
      yield
    }
  }

  /** A group shows another state, or for the first time one, or is gone. */
  show(slot: GroupSlot, state: GroupState | undefined): void {
    const { block, size } = slot
    slot.show(state)
    if (block === undefined) {
      if (state !== undefined) this.#append(slot)
      return
    }
    block.changed(slot.size - size)
    this.#changed.add(block)
    if (state === undefined) {
      slot.block = undefined
      block.remove(slot)
    } else if (block.targets > maxTargets && block.slots.size > 1) {
      block.remove(slot)
      this.#append(slot)
    }
    if (block !== this.#last && block.targets < minTargets) this.#dissolve(block)
  }

  #append(slot: GroupSlot): void {
    let block = this.#last
    if (block === undefined || (block.targets > 0 && block.targets + slot.size > partSize)) {
      block = new GroupBlock()
      this.#blocks.add(block)
      this.#last = block
    }
    slot.block = block
    block.add(slot)
    this.#changed.add(block)
  }

  #dissolve(block: GroupBlock<GroupSlot>): void {
    this.#blocks.delete(block)
    this.#changed.delete(block)
    for (const slot of block.slots) this.#append(slot)
  }
}
