import os from 'node:os'
import { RE2JS } from 're2js'
import type { GlobalHost } from '../scrape/index.js'
import type { Logger } from '../telemetry/index.js'
import {
  globalHost,
  type OwnOrigin,
  ownOrigin,
  parseListenAddress,
  resolveExternalUrl,
  resolveRoutePrefix,
  type WebProtection,
  webProtection,
} from '../web/index.js'
import { orOptionError, WebConfigFileError } from './errors.js'
import type { DaemonSettings } from './options.js'

/** What the options of the web server mean together. */
export interface WebSettings {
  /** `/`, or `/some/path`. */
  readonly routePrefix: string
  /** What the pages call this muster: the host under which others reach it. */
  readonly name: string
  readonly globalHost: GlobalHost
  readonly corsOrigin: (origin: string) => boolean
  /** Which pages are this server's own, for requests that make the daemon do something. */
  readonly isOwnOrigin: OwnOrigin
  /** What the web config file asks for; undefined without one. */
  readonly protection: WebProtection | undefined
}

/**
 * Makes sense of the options of the web server. Reads the web config file.
 * @throws {DaemonOptionError} when a listen address, the external URL or the CORS regex cannot be read
 * @throws {WebConfigFileError} when the web config file cannot be used
 */
export function webSettings(options: DaemonSettings['web'], logger: Logger): WebSettings {
  // Without a port there is none to compare with: no target listens on port 0.
  const [listenAddress = ':0'] = options.listenAddresses
  const { port } = orOptionError('web.listenAddresses', () => parseListenAddress(listenAddress))
  const externalUrl = orOptionError('web.externalUrl', () =>
    resolveExternalUrl(options.externalUrl, os.hostname(), port),
  )
  const origins = orOptionError('web.corsOrigin', () =>
    RE2JS.compile(`^(?s:${options.corsOrigin})$`),
  )
  return {
    name: externalUrl.host,
    routePrefix: resolveRoutePrefix(options.routePrefix, externalUrl),
    globalHost: globalHost({ listenAddress, externalUrl }),
    corsOrigin: (origin) => origins.matches(origin),
    isOwnOrigin: orOptionError('web.listenAddresses', () =>
      ownOrigin({ externalUrl, listenAddresses: options.listenAddresses }),
    ),
    protection: readProtection(options.configFile, logger),
  }
}

function readProtection(file: string, logger: Logger): WebProtection | undefined {
  try {
    return webProtection({ file, logger, now: () => performance.now() })
  } catch (cause) {
    throw new WebConfigFileError(file, cause)
  }
}
