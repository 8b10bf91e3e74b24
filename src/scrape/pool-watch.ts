import type { GroupKey } from '../discovery/updates.js'
import type { Blueprint } from './blueprint.js'
import type { GroupSlot } from './group-slot.js'
import type { GroupState } from './group-state.js'
import type { ScrapeJob } from './job.js'

/** All groups of a pool, and what their targets are made with. */
export interface WatchedPool {
  readonly blueprint: Blueprint
  readonly slots: ReadonlyMap<GroupKey, GroupSlot>
}

/** A group of a pool is another one now; undefined where there was none, or is none any more. */
export interface SlotChange {
  readonly within: WatchedPool
  readonly key: GroupKey
  readonly slot: GroupSlot
  readonly before: GroupState | undefined
  readonly after: GroupState | undefined
}

/**
 * Follows the targets of one pool. Its work is part of the pool's own, in slices: whatever it takes
 * is to be in proportion to the change. A pool that nobody watches does nothing for it.
 */
export interface PoolWatch {
  /** One group was worked in; the next one waits until this is done. */
  changed(change: SlotChange): Generator<void>
  /** These groups were worked in, those without any effect included. */
  synced(job: ScrapeJob, keys: Iterable<GroupKey>): Generator<void>
  /** Another version of the job has made all targets anew. */
  rebuilt(before: WatchedPool, after: WatchedPool, job: ScrapeJob): Generator<void>
  /** The pool is gone. */
  removed(last: WatchedPool, job: ScrapeJob): void
}
