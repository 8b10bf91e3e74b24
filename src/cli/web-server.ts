import { randomUUID } from 'node:crypto'
import os from 'node:os'
import type { Registry } from 'prom-client'
import type { Logger } from '../telemetry/index.js'
import { createApp, WebServer, type WebProtection } from '../web/index.js'
import type { WebFlags } from './web-flags.js'
import { type WebParts, webSources } from './web-sources.js'

export interface WebServerParts extends WebParts {
  readonly web: WebFlags
  /** What the file of `--web.config.file` asks for; undefined without one. */
  readonly protection: WebProtection | undefined
  readonly registry: Registry
  readonly logger: Logger
}

/** The web server over everything there is to show. */
export function webServer(parts: WebServerParts): WebServer {
  const { flags, web, registry, protection } = parts
  const logger = parts.logger.child({ component: 'web' })
  const app = createApp({
    sources: webSources(parts),
    logger,
    registry,
    process: { startTime: Date.now(), cwd: process.cwd(), hostname: os.hostname(), now: Date.now },
    routePrefix: web.routePrefix,
    enableLifecycle: flags['web.enable-lifecycle'],
    corsOrigin: web.corsOrigin,
    instance: randomUUID(),
    ...(protection === undefined ? {} : { protect: protection.protect }),
  })
  return new WebServer({
    app,
    logger,
    listenAddresses: flags['web.listen-address'],
    readTimeoutMs: flags['web.read-timeout'],
    maxConnections: flags['web.max-connections'],
    ...(protection?.createServer === undefined ? {} : { createServer: protection.createServer }),
  })
}
