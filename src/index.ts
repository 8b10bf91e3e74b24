export {
  type AlertmanagerConfig,
  type Config,
  type GlobalConfig,
  loadConfig,
  type LoadOptions,
  printConfig,
  type ScrapeConfig,
} from './config/index.js'
export { builtInMechanisms, type MechanismsOptions } from './mechanisms/index.js'
export { notifySets, scrapeSets, taking } from './daemon/parts.js'
export {
  type ActiveTarget,
  type PoolChange,
  ScrapeManager,
  type ScrapeManagerOptions,
  type ScrapePool,
} from './scrape/index.js'
export { createLogger, type LoggerOptions } from './telemetry/winston.js'
export { type Logger, type LogFields, silentLogger } from './telemetry/index.js'
export {
  type AppOptions,
  createApp,
  WebServer,
  type WebServerOptions,
  type WebSources,
} from './web/index.js'
export { ConfigError, type ConfigIssue, type Place } from './yaml/index.js'
