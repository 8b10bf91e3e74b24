export { type ConfigProvider, setConfigs } from './config-providers.js'
export { beyondLimits, type Limit, parseLimit, type PlanLimits } from './limits.js'
export {
  type AddedTarget,
  type AlertmanagerPlan,
  type ChangedTarget,
  isEmpty,
  type JobPlan,
  type LabelChange,
  type MovedTarget,
  type Plan,
  type Reason,
  type RemovedTarget,
  type RuleName,
  type UnknownProvider,
} from './plan.js'
export type { PlannedConfig, ProviderGroups } from './plan-change.js'
export { planJson } from './plan-json.js'
export { planFromRunning, type RunningPlanOptions } from './plan-from-running.js'
export {
  missingProviders,
  planFromSnapshot,
  type SnapshotPlanOptions,
} from './plan-from-snapshot.js'
export type { SettingChange } from './settings.js'
