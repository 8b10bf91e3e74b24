export {
  type AlertmanagerConfig,
  type Config,
  type GlobalConfig,
  loadConfig,
  type LoadOptions,
  printConfig,
  type ScrapeConfig,
} from './config/index.js'
export {
  builtInMechanisms,
  type MechanismFactory,
  type MechanismOptions,
} from './mechanisms/index.js'
export {
  daemon,
  type DaemonDiscoveryOptions,
  DaemonGroup,
  type DaemonNotifierOptions,
  type DaemonOption,
  DaemonOptionError,
  type DaemonOptions,
  type DaemonReloadOptions,
  type DaemonWebOptions,
  notifySets,
  scrapeSets,
  taking,
  WebConfigFileError,
} from './daemon/index.js'
export {
  type ActiveTarget,
  type FollowOptions,
  followTargets,
  type PoolChange,
  ScrapeManager,
  type ScrapeManagerOptions,
  type ScrapePool,
  type ScrapeTarget,
  type TargetChanges,
  targetChanges,
} from './scrape/index.js'
export {
  type DiscoveryMarks,
  type SearchRequest,
  TargetSearch,
  type TargetSearchOptions,
} from './scrape/search/index.js'
export { createLogger, type LoggerOptions } from './telemetry/winston.js'
export { type Logger, type LogFields, silentLogger } from './telemetry/index.js'
export {
  type AppOptions,
  type BuildInfo,
  createApp,
  WebServer,
  type WebServerOptions,
  type WebSources,
} from './web/index.js'
export { OptionError } from './waiting/option.js'
export { ConfigError, type ConfigIssue, type Place } from './yaml/index.js'
