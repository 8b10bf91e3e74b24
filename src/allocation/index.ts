export { Allocator, type AllocatorOptions, type EpochDecision } from './allocator.js'
export { assign, type TargetSpec } from './assign.js'
export { type AllocatorConfig, loadAllocatorConfig, type LoadAllocatorOptions } from './config.js'
export { type Epoch, epochOf, type EpochStage } from './epoch.js'
export { hashKey } from './hash.js'
export type { MemberSpec } from './member.js'
export { type ChoiceRules, type Facet, plainFacet, plainRules, type Strategy } from './rules.js'
export type {
  AllocationSource,
  MemberState,
  MemberStatus,
  OwnedTarget,
  Share,
  ShareChange,
} from './source.js'
