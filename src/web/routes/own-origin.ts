import net from 'node:net'
import { splitHostPort } from '../../go/host-port.js'
import type { ExternalUrl } from '../server/external-url.js'
import { parseListenAddress } from '../server/listen.js'

/** Whether a page of this origin was served by this server, which the browser reached as `host`. */
export type OwnOrigin = (origin: string, host: string | undefined) => boolean

export interface OwnOriginOptions {
  readonly externalUrl: ExternalUrl
  /** As in `--web.listen-address`. */
  readonly listenAddresses: readonly string[]
}

/**
 * Tells pages of this server from those of others, by the headers `Origin` and `Host` of a request.
 *
 * A page is this server's own when its origin is the external URL's, or when it is the host that the
 * request was sent to. The latter says nothing where an attacker's name was made to lead here (DNS
 * rebinding), so that host has to be an IP address, `localhost`, or the name in the external URL or in
 * a listen address.
 */
export function ownOrigin({ externalUrl, listenAddresses }: OwnOriginOptions): OwnOrigin {
  const external = withPort(externalUrl.host.toLowerCase(), externalUrl.scheme)
  const names = new Set(['localhost', hostname(external)])
  for (const address of listenAddresses) {
    const { host } = parseListenAddress(address)
    if (host !== undefined) names.add(host.toLowerCase())
  }
  return (origin, host) => {
    const match = /^(https?):\/\/([^/]+)$/.exec(origin.toLowerCase())
    if (match === null) return false
    const [, scheme = '', originHost = ''] = match
    const from = withPort(originHost, scheme)
    if (from === external) return true
    if (host === undefined || withPort(host.toLowerCase(), scheme) !== from) return false
    const name = hostname(from)
    return net.isIP(name) !== 0 || names.has(name)
  }
}

/** `host:port`, with the port of the scheme where there is none. */
function withPort(host: string, scheme: string): string {
  return /:\d+$/.test(host.replace(/^\[[^\]]*\]/, ''))
    ? host
    : `${host}:${scheme === 'https' ? '443' : '80'}`
}

function hostname(hostPort: string): string {
  const split = splitHostPort(hostPort)
  return typeof split === 'string' ? hostPort : split.host
}
