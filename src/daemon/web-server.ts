import { randomUUID } from 'node:crypto'
import os from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Registry } from 'prom-client'
import type { Logger } from '../telemetry/index.js'
import { createApp, readAssets, WebServer } from '../web/index.js'
import type { WebSettings } from './web-settings.js'
import { type WebParts, type WebSetup, webSources } from './web-sources.js'

/** What the web server is built from beside the parts it shows. */
export interface WebServerSetup extends WebSetup {
  readonly web: WebSettings
  readonly registry: Registry
  readonly logger: Logger
  /** When the daemon was built; milliseconds since 1970. */
  readonly startTime: number
}

/** No request waits longer than this for a change of its list. */
const maxWaitMs = 300_000

// From src/daemon, dist/daemon and dist/bin alike.
const assets = new URL('../../dist/ui/static/', import.meta.url)

/** The web server over everything there is to show. */
export function webServer(setup: WebServerSetup, parts: WebParts): WebServer {
  const { web, registry, turns, logger, startTime } = setup
  const { listenAddresses, readTimeoutMs, maxConnections, enableLifecycle } = setup.settings.web
  const { httpSdIncompleteAfterMs } = setup.settings.web
  const { protection } = web
  const { insecureSecrets, strict } = setup.settings.allocator
  const app = createApp({
    sources: webSources(setup, parts),
    logger,
    registry,
    turns,
    process: { startTime, cwd: process.cwd(), hostname: os.hostname(), now: Date.now },
    assets: readAssets(fileURLToPath(assets)),
    name: web.name,
    routePrefix: web.routePrefix,
    enableLifecycle,
    isOwnOrigin: web.isOwnOrigin,
    corsOrigin: web.corsOrigin,
    httpSdIncompleteAfterMs,
    // A connection on which nothing goes for longer than that is closed.
    maxWaitMs: Math.min(maxWaitMs, readTimeoutMs || Infinity),
    instance: randomUUID(),
    allocator: {
      insecureSecrets,
      strict,
      ...(protection && { isVerified: protection.isVerified }),
    },
    ...(protection && { protect: protection.protect }),
  })
  return new WebServer({
    app,
    logger,
    listenAddresses,
    readTimeoutMs,
    maxConnections,
    ...(protection && { isKnown: protection.isKnown }),
    ...(protection?.createServer && { createServer: protection.createServer }),
  })
}
