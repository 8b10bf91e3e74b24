export { type BackOff, backOffDelay } from '../waiting/back-off.js'
export { OptionError } from '../waiting/option.js'
export { Lane, type Steps, type TurnClock, Turns, type TurnsOptions } from '../waiting/turns.js'
export { errorKind, errorMessage } from '../telemetry/error-text.js'
export { InvalidGroupsError } from './groups/check-groups.js'
export { RefreshError } from './refresh/poll-once.js'
export { fingerprint } from './provider/fingerprint.js'
export { DiscoveryManager, type DiscoveryManagerOptions } from './manager.js'
export {
  type Discoverer,
  type DiscovererContext,
  type DiscoveryConfig,
  type Finding,
  type Mechanism,
  MechanismError,
  MechanismRegistry,
  type SetConfigs,
  type Trouble,
} from './mechanism.js'
export { type DiscoveryMetrics, discoveryMetrics } from './metrics.js'
export type { ProviderError, ProviderState, ProviderStatus } from './provider/provider-status.js'
export type { RefreshMetrics } from './refresh/refresh-metrics.js'
export type { TargetGroup } from './groups/target-group.js'
export type { GroupKey, TargetUpdate } from './updates.js'
export type { Watch } from './refresh/hints.js'
export {
  type PollAnswer,
  type ProvisionalAnswer,
  refresh,
  type RefreshOptions,
} from './refresh/refresh.js'
// What the section of a mechanism is made of: the author of one needs no other door.
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
export type { GuardRule, GuardStatus } from './guard/drop-guard.js'
export type { GroupChange } from './groups/group-store.js'
export type { StateKeeper } from './state/state-keeper.js'
export { StateStore, type StateStoreOptions } from './state/state-store.js'
export { type ChangeCause, type TargetEvent } from './updates.js'
export { differenceOf, type TargetDifference } from './groups/target-difference.js'
export {
  checkGuardRule,
  defaultGuardRule,
  GuardRuleError,
  parseGuardRule,
} from './guard/guard-rule.js'
