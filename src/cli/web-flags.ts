import os from 'node:os'
import { RE2JS } from 're2js'
import {
  globalHost,
  parseListenAddress,
  resolveExternalUrl,
  resolveRoutePrefix,
  type WebProtection,
  webProtection,
} from '../web/index.js'
import type { GlobalHost } from '../scrape/index.js'
import type { Flags } from './flags.js'
import type { Logger } from '../telemetry/index.js'
import { UsageError } from './usage-error.js'

/** What the web flags mean together. */
export interface WebFlags {
  /** `/`, or `/some/path`. */
  readonly routePrefix: string
  readonly globalHost: GlobalHost
  readonly corsOrigin: (origin: string) => boolean
  /** What the file of `--web.config.file` asks for; undefined without one. */
  readonly protection: WebProtection | undefined
}

/** The file of `--web.config.file` cannot be used. */
export class WebConfigFileError extends Error {
  override readonly name = 'WebConfigFileError'
  readonly code = 'ERR_WEB_CONFIG'

  constructor(file: string, cause: unknown) {
    super(`Unable to validate web configuration file (--web.config.file=${file})`, { cause })
  }
}

/**
 * Makes sense of the web flags.
 * @throws {UsageError} when an address, a URL or the CORS regex is none
 * @throws {WebConfigFileError} when the web config file cannot be used
 */
export function readWebFlags(flags: Flags, logger: Logger): WebFlags {
  const [listenAddress = ''] = flags['web.listen-address']
  const { port } = reading('web.listen-address', () => parseListenAddress(listenAddress))
  const externalUrl = reading('web.external-url', () =>
    resolveExternalUrl(flags['web.external-url'], os.hostname(), port),
  )
  const origins = reading('web.cors.origin', () =>
    RE2JS.compile(`^(?s:${flags['web.cors.origin']})$`),
  )
  return {
    routePrefix: resolveRoutePrefix(flags['web.route-prefix'], externalUrl),
    globalHost: globalHost({ listenAddress, externalUrl }),
    corsOrigin: (origin) => origins.matches(origin),
    protection: readProtection(flags['web.config.file'], logger),
  }
}

function readProtection(file: string, logger: Logger): WebProtection | undefined {
  try {
    return webProtection({
      file,
      logger: logger.child({ component: 'web' }),
      now: () => performance.now(),
    })
  } catch (cause) {
    throw new WebConfigFileError(file, cause)
  }
}

function reading<T>(flag: keyof Flags, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new UsageError(`--${flag}: ${message}`, { cause })
  }
}
