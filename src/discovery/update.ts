import type { TargetGroup } from './target-group.js'

/** Names a group within a target set: unique over the providers of the set. */
export type GroupKey = string

/** What changed in one target set. */
export interface TargetUpdate {
  /** A job name (scrape) or `config-<i>` (notify). */
  readonly set: string
  /** Only the groups that changed; undefined for one that is gone. */
  readonly changed: ReadonlyMap<GroupKey, TargetGroup | undefined>
  /** The set itself is gone: no consumer is configured with it any more. */
  readonly removed?: true
}
