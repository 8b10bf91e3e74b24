import { formatIp } from '../../go/ip.js'
import type { Labels } from '../../labels/index.js'
import { AnswerError } from '../kit/errors.js'
import * as json from '../kit/shape.js'
import type { Session } from './session.js'

/** A kind of server that OVHcloud has. */
export interface Service {
  /** Where the names of all are. */
  readonly path: string
  /** Asks for one and its addresses. */
  find(session: Session, name: string): Promise<Labels>
}

/** The addresses of a server; empty for none. */
export interface Addresses {
  readonly ipv4: string
  readonly ipv6: string
}

/**
 * Makes a service of what its servers look like.
 * @param labels the labels of a server, but for `__address__` and `instance`
 */
export function serviceOf<T extends { readonly name: string }>(
  path: string,
  shape: json.Shape<T>,
  labels: (server: T & Addresses) => Labels,
): Service {
  return {
    path,
    async find(session, name) {
      const at = `${path}/${encodeURIComponent(name)}`
      const server = await session.get(at, shape)
      const addresses = addressesOf(await session.items(`${at}/ips`, json.text), at)
      return {
        // As in Prometheus, without a port.
        __address__: addresses.ipv4 || addresses.ipv6,
        instance: server.name,
        ...labels({ ...server, ...addresses }),
      }
    },
  }
}

/** The last address of each kind counts, and networks of one IPv4 address are addresses. */
function addressesOf(written: readonly string[], at: string): Addresses {
  let ipv4 = ''
  let ipv6 = ''
  for (const one of written) {
    const [ip = '', bits = '32'] = one.split('/')
    if (bits !== '32') continue
    const address = formatIp(ip)
    if (address === '0.0.0.0' || address === '::') continue
    if (address.includes(':')) ipv6 = address
    else ipv4 = address
  }
  if (ipv4 === '' && ipv6 === '') throw new AnswerError(`${at}/ips: no address among them`)
  return { ipv4, ipv6 }
}
