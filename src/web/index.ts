export { type AllocatorAnswers, type AppOptions, createApp } from './app.js'
export { WebConfigError, WebError, type WebErrorCode } from './errors.js'
export { resolveRoutePrefix } from './middleware/route-prefix.js'
export { type Assets, readAssets } from './pages/assets.js'
export { checkWebConfig } from './protect/config-file.js'
export {
  type WebProtection,
  webProtection,
  type WebProtectionOptions,
} from './protect/protection.js'
export { type OwnOrigin, ownOrigin, type OwnOriginOptions } from './routes/own-origin.js'
export type { ProcessInfo } from './routes/status.js'
export { type ExternalUrl, resolveExternalUrl } from './server/external-url.js'
export { globalHost, type GlobalUrlOptions } from './server/global-host.js'
export { type ListenAddress, parseListenAddress } from './server/listen.js'
export type { NodeServer, RequestListener } from './server/node-server.js'
export { WebServer, type WebServerOptions } from './server/server.js'
export type {
  AlertmanagerHealth,
  AlertmanagerSource,
  BuildInfo,
  ConfigSource,
  ListView,
  PlannedReload,
  PoolSource,
  PoolView,
  ProviderSource,
  Readiness,
  SdStage,
  WebSources,
} from './sources.js'
