export { type AppOptions, createApp } from './app.js'
export { WebError, type WebErrorCode } from './errors.js'
export { type ExternalUrl, resolveExternalUrl, resolveRoutePrefix } from './server/external-url.js'
export { type GlobalHost, globalHost, type GlobalUrlOptions } from './server/global-url.js'
export { joinHostPort, type ListenAddress, parseListenAddress } from './server/listen-address.js'
export {
  checkWebConfig,
  WebConfigError,
  type WebProtection,
  webProtection,
  type WebProtectionOptions,
} from './protect/index.js'
export type { ProcessInfo } from './routes/status.js'
export {
  type NodeServer,
  type RequestListener,
  WebServer,
  type WebServerOptions,
} from './server/server.js'
export type {
  AlertmanagerSource,
  BuildInfo,
  ConfigSource,
  ListView,
  PoolSource,
  PoolView,
  ProviderSource,
  Readiness,
  SdStage,
  WebSources,
} from './sources.js'
