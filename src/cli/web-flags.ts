import os from 'node:os'
import { RE2JS } from 're2js'
import {
  globalHost,
  parseListenAddress,
  resolveExternalUrl,
  resolveRoutePrefix,
} from '../web/index.js'
import type { GlobalHost } from '../scrape/index.js'
import type { Flags } from './flags.js'
import { UsageError } from './usage-error.js'

/** What the web flags mean together. */
export interface WebFlags {
  /** `/`, or `/some/path`. */
  readonly routePrefix: string
  readonly globalHost: GlobalHost
  readonly corsOrigin: (origin: string) => boolean
}

/**
 * Makes sense of the web flags.
 * @throws {UsageError} when an address, a URL or the CORS regex is none
 */
export function readWebFlags(flags: Flags): WebFlags {
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
    globalHost: (scheme, host) => globalHost(scheme, host, { listenAddress, externalUrl }),
    corsOrigin: (origin) => origins.matches(origin),
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
