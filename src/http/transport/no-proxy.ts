import net from 'node:net'

/** What a NO_PROXY list is asked about. */
interface Destination {
  /** Lower case, without brackets and the dot at the end. */
  readonly host: string
  readonly port: string
}

type Matcher = (destination: Destination) => boolean

function family(address: string): 'ipv4' | 'ipv6' {
  return net.isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

function networkMatcher(network: string): Matcher | undefined {
  const [, address = '', bits = ''] = /^(.+)\/([0-9]+)$/.exec(network) ?? []
  const version = net.isIP(address)
  if (version === 0 || Number(bits) > (version === 4 ? 32 : 128)) return undefined
  const list = new net.BlockList()
  list.addSubnet(address, Number(bits), family(address))
  return ({ host }) => net.isIP(host) !== 0 && list.check(host, family(host))
}

function matcherOf(written: string): Matcher | undefined {
  const entry = written.trim().toLowerCase()
  if (entry === '') return undefined
  if (entry === '*') return () => true
  const network = networkMatcher(entry)
  if (network !== undefined) return network
  const [, bracketed, plain = '', port = ''] =
    /^(?:\[([^\]]*)\]|([^:]*|.*:.*:.*?))(?::([0-9]+))?$/.exec(entry) ?? []
  const name = net.isIP(entry) === 0 ? (bracketed ?? plain) : entry
  const samePort: Matcher = (d) => port === '' || name === entry || port === d.port
  if (net.isIP(name) !== 0) return (d) => d.host === name && samePort(d)
  if (name === '') return undefined
  const suffix = name.startsWith('*.') ? name.slice(1) : name.startsWith('.') ? name : `.${name}`
  const alsoItself = !name.startsWith('.') && !name.startsWith('*.')
  return (d) =>
    (d.host.endsWith(suffix) || (alsoItself && d.host === suffix.slice(1))) && samePort(d)
}

/**
 * Whether a URL is to be reached without the proxy, by the rules of golang.org/x/net/http/httpproxy:
 * names match themselves and what is below them (`.x` only what is below), addresses and networks
 * match addresses, `*` everything; localhost and loopback addresses never go through a proxy.
 * @param list the entries, with commas between them
 */
export function bypassesProxy(list: string): (url: URL) => boolean {
  const matchers = list.split(',').flatMap((entry) => matcherOf(entry) ?? [])
  return (url) => {
    const host = url.hostname
      .toLowerCase()
      .replace(/^\[|\]$/g, '')
      .replace(/\.$/, '')
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
    if (host === 'localhost' || host === '::1' || (net.isIPv4(host) && host.startsWith('127.'))) {
      return true
    }
    return matchers.some((matches) => matches({ host, port }))
  }
}
