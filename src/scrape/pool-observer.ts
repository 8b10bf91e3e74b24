import type { GroupKey } from '../discovery/updates.js'
import type { ScrapeJob } from './job.js'
import type { PoolGroup } from './pool-group.js'
import type { GroupTargets } from './targets/group-targets.js'
import type { Steps } from '../waiting/turns.js'

/** A group of a pool has other targets; undefined where there was no such group, or is none any more. */
export interface PoolGroupChange {
  readonly key: GroupKey
  readonly group: PoolGroup
  readonly before: GroupTargets | undefined
  readonly after: GroupTargets | undefined
}

/** All groups of a pool. */
export type PoolGroups = ReadonlyMap<GroupKey, PoolGroup>

/**
 * Follows the targets of one pool. Its work is part of the pool's own, in slices: whatever it takes
 * is to be in proportion to the change. A pool without an observer does nothing for it.
 */
export interface PoolObserver {
  /** One group has changed; the next one waits until this is done. */
  changed(change: PoolGroupChange): Steps
  /** The changes of these groups are complete, those without any effect included. */
  synced(job: ScrapeJob, keys: Iterable<GroupKey>): Steps
  /** All targets were made again, by another version of the job. */
  rebuilt(before: PoolGroups, after: PoolGroups, job: ScrapeJob): Steps
  /** The pool is gone; these were its groups. */
  removed(groups: PoolGroups, job: ScrapeJob): void
}
