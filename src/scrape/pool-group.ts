import type { GroupKey } from '../discovery/updates.js'
import type { GroupBlock, ListedGroup } from './lists/group-blocks.js'
import type { GroupTargets } from './targets/group-targets.js'

/** One target group in a pool: the targets it has at the moment, and where they are listed. */
export class PoolGroup implements ListedGroup {
  readonly key: GroupKey
  block: GroupBlock | undefined
  #targets: GroupTargets | undefined

  constructor(key: GroupKey) {
    this.key = key
  }

  /** Undefined before the group is complete for the first time. */
  get targets(): GroupTargets | undefined {
    return this.#targets
  }

  get size(): number {
    return this.#targets?.discovered.targets.length ?? 0
  }

  show(targets: GroupTargets | undefined): void {
    this.#targets = targets
  }

  listingChanged(): void {
    this.block?.changed()
  }
}
