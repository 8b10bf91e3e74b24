import { randomUUID } from 'node:crypto'
import os from 'node:os'
import type { Registry } from 'prom-client'
import type { Logger } from '../telemetry/index.js'
import { createApp, WebServer } from '../web/index.js'
import type { WebFlags } from '../cli/web-flags.js'
import { type WebParts, type WebSetup, webSources } from './web-sources.js'

/** What the web server is built from beside the parts it shows. */
export interface WebServerSetup extends WebSetup {
  readonly web: WebFlags
  readonly registry: Registry
  readonly logger: Logger
}

/** The web server over everything there is to show. */
export function webServer(setup: WebServerSetup, parts: WebParts): WebServer {
  const { flags, web, registry } = setup
  const { protection } = web
  const logger = setup.logger.child({ component: 'web' })
  const app = createApp({
    sources: webSources(setup, parts),
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
