import net from 'node:net'

/**
 * An IP address as Go's net.IP.String prints it: an IPv6 address in its shortest form (RFC 5952), one
 * that holds an IPv4 address (`::ffff:1.2.3.4`) as that. Any other text stays as it is.
 */
export function formatIp(address: string): string {
  if (!net.isIPv6(address)) return address
  const shortest = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(shortest) ?? []
  if (high === undefined || low === undefined) return shortest
  const [h, l] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return [h >> 8, h & 255, l >> 8, l & 255].join('.')
}
