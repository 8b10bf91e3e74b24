import type { GroupTargets } from '../targets/group-targets.js'
import { cutParts, type Listable, type ListPart, partSize } from './list-part.js'
import type { Steps } from '../../waiting/turns.js'

// A block with less left than this gives it to the last one: parts must not become many and small.
const minTargets = partSize / 4
// A block with more than this lets a group that grows go: others must not be written again with it.
const maxTargets = partSize * 2

/** A group of a pool, as the lists see it. */
export interface ListedGroup extends Listable {
  /** The block it is listed in. */
  block: GroupBlock | undefined
  /** How many targets it has, dropped ones included. */
  readonly size: number
  /** Its targets are others, or it is gone. */
  show(targets: GroupTargets | undefined): void
}

/**
 * Some groups of a pool that are listed one after the other. A change of one of them costs the lists
 * the parts of this block, and nothing of the others.
 */
export class GroupBlock {
  readonly #groups: Set<ListedGroup> = new Set()
  #parts: readonly ListPart[] | undefined
  #size = 0

  get groups(): ReadonlySet<ListedGroup> {
    return this.#groups
  }

  /** How many targets its groups have, dropped ones included. */
  get size(): number {
    return this.#size
  }

  /** Its groups as parts of a list: the same objects until something changes. */
  parts(): readonly ListPart[] {
    this.#parts ??= cutParts(this.#groups)
    return this.#parts
  }

  add(group: ListedGroup): void {
    this.#groups.add(group)
    group.block = this
    this.changed(group.size)
  }

  remove(group: ListedGroup): void {
    this.#groups.delete(group)
    group.block = undefined
    this.changed(-group.size)
  }

  /** One of its groups shows something else. @param more how many more targets it has */
  changed(more = 0): void {
    this.#size += more
    this.#parts = undefined
  }
}

/**
 * The groups of a pool in the order of its lists, in blocks: after a change only the parts of the
 * blocks it touches are made again.
 */
export class GroupBlocks {
  readonly #blocks: Set<GroupBlock> = new Set()
  /** Blocks that were changed since they were cut into parts. */
  readonly #changed: Set<GroupBlock> = new Set()
  #last: GroupBlock | undefined

  /** Everything that is shown at this moment, in order. */
  parts(): readonly ListPart[] {
    const parts: ListPart[] = []
    for (const block of this.#blocks) for (const part of block.parts()) parts.push(part)
    return parts
  }

  /** Cuts what was changed into parts, so that readers of the lists need not. */
  *cut(): Steps {
    for (const block of this.#changed) {
      this.#changed.delete(block)
      block.parts()
      yield
    }
  }

  /** A group shows other targets, or its first ones, or is gone. */
  show(group: ListedGroup, targets: GroupTargets | undefined): void {
    const { block, size } = group
    group.show(targets)
    if (block === undefined) {
      if (targets !== undefined) this.#append(group)
      return
    }
    block.changed(group.size - size)
    this.#changed.add(block)
    if (targets === undefined) block.remove(group)
    else if (block.size > maxTargets && block.groups.size > 1) {
      block.remove(group)
      this.#append(group)
    }
    if (block !== this.#last && block.size < minTargets) this.#dissolve(block)
  }

  #append(group: ListedGroup): void {
    let block = this.#last
    if (block === undefined || (block.size > 0 && block.size + group.size > partSize)) {
      block = new GroupBlock()
      this.#blocks.add(block)
      this.#last = block
    }
    block.add(group)
    this.#changed.add(block)
  }

  #dissolve(block: GroupBlock): void {
    this.#blocks.delete(block)
    this.#changed.delete(block)
    for (const group of block.groups) this.#append(group)
  }
}
