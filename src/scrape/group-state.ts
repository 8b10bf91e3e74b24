import type { TargetGroup } from '../discovery/groups/target-group.js'
import type { Target } from './target.js'

/** What one target group came to. Never changed once it is shown. */
export interface GroupState {
  readonly group: TargetGroup
  readonly active: readonly Target[]
  /** Where in the group each active target stands. */
  readonly activeAt: readonly number[]
  /** Where in the group the dropped targets stand. */
  readonly dropped: readonly number[]
}

/** What the states of a pool add up to. */
export interface PoolCounts {
  /** Different active targets. */
  active: number
  dropped: number
  groups: number
}
