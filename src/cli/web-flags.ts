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

/** What the web flags mean together. */
export interface WebFlags {
  /** `/`, or `/some/path`. */
  readonly routePrefix: string
  readonly globalHost: GlobalHost
  readonly corsOrigin: (origin: string) => boolean
}

/**
 * Makes sense of the web flags.
 * @throws {WebError} when a URL or an address is none
 * @throws when the CORS regex is none
 */
export function readWebFlags(flags: Flags): WebFlags {
  const [listenAddress = ''] = flags['web.listen-address']
  const { port } = parseListenAddress(listenAddress)
  const externalUrl = resolveExternalUrl(flags['web.external-url'], os.hostname(), port)
  const origins = RE2JS.compile(`^(?s:${flags['web.cors.origin']})$`)
  return {
    routePrefix: resolveRoutePrefix(flags['web.route-prefix'], externalUrl),
    globalHost: (scheme, host) => globalHost(scheme, host, { listenAddress, externalUrl }),
    corsOrigin: (origin) => origins.matches(origin),
  }
}
