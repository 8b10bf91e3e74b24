import { isIPv4, isIPv6 } from 'node:net'

/**
 * An address as Go prints it (`net.ParseIP(text).String()`): the shortest form of IPv6, and an IPv4 address
 * that is written as IPv6 as IPv4.
 * @returns undefined for a text that Go takes for no address, one with a zone among them
 */
export function canonicalIp(text: string): string | undefined {
  if (isIPv4(text)) return text
  if (!isIPv6(text) || text.includes('%')) return undefined
  const short = new URL(`http://[${text}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(short) ?? []
  if (high === undefined || low === undefined) return short
  const [h, l] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return [h >> 8, h & 255, l >> 8, l & 255].join('.')
}

/** The same for a text that may be anything: what is no address stays as it is. */
export function formatIp(text: string): string {
  return canonicalIp(text) ?? text
}

/**
 * A network as Go prints it (`net.ParseCIDR`): the bits behind the prefix are zero.
 * @returns undefined for a text that Go takes for no network
 */
export function canonicalNetwork(text: string): string | undefined {
  const [, address = '', length = ''] = /^([^/]*)\/([0-9]+)$/.exec(text) ?? []
  const ip = canonicalIp(address)
  if (ip === undefined) return undefined
  const [fields, width] = isIPv4(ip) ? [ip.split('.').map(Number), 8] : [groupsOf(ip), 16]
  const prefix = Number(length)
  if (prefix > fields.length * width) return undefined
  const kept = fields.map((field, i) => {
    const behind = Math.min(width, Math.max(0, width * (i + 1) - prefix))
    return (field >> behind) << behind
  })
  const network =
    width === 8 ? kept.join('.') : canonicalIp(kept.map((field) => field.toString(16)).join(':'))
  return network === undefined ? undefined : `${network}/${String(prefix)}`
}

/** The eight groups of an IPv6 address in its shortest form. */
function groupsOf(ip: string): readonly number[] {
  const [before = [], after = []] = ip.split('::').map(numbersOf)
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
}

function numbersOf(part: string): readonly number[] {
  return part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
}
