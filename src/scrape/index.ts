export type { GlobalHost } from './lists/elements.js'
export { type ScrapeJob, sameTargets } from './job.js'
export { type PoolChange, ScrapeManager, type ScrapeManagerOptions } from './manager.js'
export { type ActiveTarget, type ExplainedStep, ScrapePool } from './pool.js'
export { type ListKind, type PartOfPool, PoolList } from './lists/pool-list.js'
export { type SdForm, sdForms } from './lists/sd-elements.js'
export { Target } from './targets/target.js'
export {
  type FollowOptions,
  followTargets,
  type ScrapeTarget,
  type TargetChanges,
  targetChanges,
} from './target-changes.js'
