import type { ExternalUrl } from './external-url.js'
import { joinHostPort } from './listen-address.js'

/** What makes a target's local address an address for others. */
export interface GlobalUrlOptions {
  /** `host:port` this server listens on first. */
  readonly listenAddress: string
  readonly externalUrl: ExternalUrl
}

/** A host of a target URL that others can reach; `error` where Prometheus cannot tell. */
export interface GlobalHost {
  readonly scheme: string
  readonly host: string
  readonly error: string | undefined
}

const localHosts: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '::1'])

/**
 * The scheme and host of `globalUrl` in the targets API (getGlobalURL of Prometheus' web/api/v1): the
 * server itself becomes its external URL, everything else on this machine gets the external host name,
 * and other hosts stay. A host that cannot be divided is an error, which the API appends to `lastError`.
 */
export function globalHost(scheme: string, host: string, options: GlobalUrlOptions): GlobalHost {
  const target = splitHost(host)
  if (typeof target === 'string') return { scheme, host, error: target }
  if (!localHosts.has(target.host)) return { scheme, host, error: undefined }
  const { externalUrl, listenAddress } = options
  const own = splitHost(listenAddress)
  if (typeof own === 'string') return { scheme, host, error: own }
  if (own.port === target.port) {
    return { scheme: externalUrl.scheme, host: externalUrl.host, error: undefined }
  }
  const external = splitHost(externalUrl.host)
  if (typeof external === 'string') return { scheme, host, error: external }
  // Without a port the brackets of an IPv6 host are lost there, too.
  const joined = target.port === '' ? external.host : joinHostPort(external.host, target.port)
  return { scheme, host: joined, error: undefined }
}

/** Like Go's, but a missing port is an empty one. */
function splitHost(text: string): { host: string; port: string } | string {
  const split = splitHostPort(text)
  if (typeof split !== 'string' || !split.endsWith('missing port in address')) return split
  const withPort = splitHostPort(`${text}:80`)
  return typeof withPort === 'string' ? split : { host: withPort.host, port: '' }
}

/** Go's net.SplitHostPort; gives its error text where it fails. */
function splitHostPort(text: string): { host: string; port: string } | string {
  const fail = (why: string): string => `address ${text}: ${why}`
  const last = text.lastIndexOf(':')
  if (last < 0) return fail('missing port in address')
  const port = text.slice(last + 1)
  if (!text.startsWith('[')) {
    const host = text.slice(0, last)
    if (host.includes(':')) return fail('too many colons in address')
    return bracketError(host, fail) ?? bracketError(port, fail) ?? { host, port }
  }
  const end = text.indexOf(']')
  if (end < 0) return fail("missing ']' in address")
  if (end + 1 === text.length) return fail('missing port in address')
  if (end + 1 !== last) {
    return fail(text[end + 1] === ':' ? 'too many colons in address' : 'missing port in address')
  }
  const host = text.slice(1, end)
  return bracketError(host, fail) ?? bracketError(port, fail) ?? { host, port }
}

function bracketError(part: string, fail: (why: string) => string): string | undefined {
  if (part.includes('[')) return fail("unexpected '[' in address")
  if (part.includes(']')) return fail("unexpected ']' in address")
  return undefined
}
