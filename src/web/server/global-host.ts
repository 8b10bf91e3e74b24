import { joinHostPort, splitHostPort } from '../../go/host-port.js'
import type { GlobalHost } from '../../scrape/index.js'
import type { ExternalUrl } from './external-url.js'

/** What makes a target's local address an address for others. */
export interface GlobalUrlOptions {
  /** `host:port` this server listens on first. */
  readonly listenAddress: string
  readonly externalUrl: ExternalUrl
}

const localHosts: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '::1'])

/**
 * Gives the scheme and host of `globalUrl` in the targets API (getGlobalURL of Prometheus' web/api/v1):
 * the server itself becomes its external URL, everything else on this machine gets the external host
 * name, and other hosts stay. A host that cannot be divided is an error, which the API appends to
 * `lastError`.
 */
export function globalHost({ listenAddress, externalUrl }: GlobalUrlOptions): GlobalHost {
  return (scheme, host) => {
    const target = splitHost(host)
    if (typeof target === 'string') return { scheme, host, error: target }
    if (!localHosts.has(target.host)) return { scheme, host }
    const own = splitHost(listenAddress)
    if (typeof own === 'string') return { scheme, host, error: own }
    if (own.port === target.port) return { scheme: externalUrl.scheme, host: externalUrl.host }
    const external = splitHost(externalUrl.host)
    if (typeof external === 'string') return { scheme, host, error: external }
    // Without a port the brackets of an IPv6 host are lost in Prometheus, too.
    const joined = target.port === '' ? external.host : joinHostPort(external.host, target.port)
    return { scheme, host: joined }
  }
}

/** Like Go's, but a missing port is an empty one. */
function splitHost(text: string): { host: string; port: string } | string {
  const split = splitHostPort(text)
  if (typeof split !== 'string' || !split.endsWith('missing port in address')) return split
  const withPort = splitHostPort(`${text}:80`)
  return typeof withPort === 'string' ? split : { host: withPort.host, port: '' }
}
