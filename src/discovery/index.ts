export { type BackOff, backOffDelay } from './back-off.js'
export type { Discoverer } from './discoverer.js'
export {
  errorKind,
  errorMessage,
  InvalidGroupsError,
  MechanismError,
  RefreshError,
} from './errors.js'
export { fingerprint } from './fingerprint.js'
export { DiscoveryManager, type DiscoveryManagerOptions } from './manager.js'
export type { DiscovererContext, Mechanism } from './mechanism.js'
export { MechanismRegistry } from './mechanism-registry.js'
export { type DiscoveryMetrics, discoveryMetrics } from './metrics.js'
export type { ProviderError, ProviderState, ProviderStatus } from './provider-status.js'
export type { RefreshMetrics } from './refresh-metrics.js'
export type { DiscoveryConfig, SetConfigs } from './set-config.js'
export type { TargetGroup } from './target-group.js'
export type { GroupKey, TargetUpdate } from './update.js'
export { refresh, type RefreshOptions } from './refresh.js'
export { addressOnly, type GroupSection, groupSection } from './group-section.js'
export { readJsonGroup, readJsonGroups } from './json-groups.js'
export { sameGroup } from './same-group.js'
// What the section of a mechanism is made of: whoever writes one needs no other door.
export {
  bool,
  checked,
  ConfigError,
  decodeText,
  duration,
  field,
  filePath,
  float,
  formatIssue,
  inline,
  int,
  list,
  map,
  oneOf,
  optional,
  Secret,
  secret,
  struct,
  text,
  type Type,
  uint,
} from '../yaml/index.js'
export { type Labels, labelValue, sanitizeLabelName } from '../labels/index.js'
export { type LogFields, type Logger, silentLogger } from '../telemetry/index.js'
export type { GuardRule, GuardStatus } from './drop-guard.js'
export type { GroupChange } from './group-store.js'
export type { StateKeeper } from './state-keeper.js'
export { StateStore, type StateStoreOptions } from './state-store.js'
export {
  type ChangeCause,
  differenceOf,
  type TargetDifference,
  type TargetEvent,
} from './target-event.js'
export { defaultGuardRule, GuardRuleError, parseGuardRule } from './guard-rule.js'
