export { type AppOptions, createApp } from './app.js'
export { WebError, type WebErrorCode } from './errors.js'
export { type ExternalUrl, resolveExternalUrl, resolveRoutePrefix } from './external-url.js'
export { type GlobalHost, globalHost, type GlobalUrlOptions } from './global-url.js'
export { joinHostPort, type ListenAddress, parseListenAddress } from './listen-address.js'
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
} from './server.js'
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
