import type { TargetGroup } from '../../discovery/groups/target-group.js'
import type { CompiledJob } from './compiled-job.js'
import type { Target } from './target.js'

/** The targets of one group at one time. Never changed once they are shown. */
export interface GroupTargets {
  /** What the targets were made with. */
  readonly compiled: CompiledJob
  /** The group as discovery gave it. */
  readonly discovered: TargetGroup
  readonly active: readonly Target[]
  /** Where in the group each active target stands. */
  readonly activeAt: readonly number[]
  /** Where in the group the dropped targets stand. */
  readonly dropped: readonly number[]
  /** Why targets failed that rules take too long for, by where they stand: it is not found out again. */
  readonly heavyFaults: ReadonlyMap<number, string>
}
