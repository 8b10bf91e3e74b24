import { isComplete } from './names.js'

/** What a resolv.conf says, as far as lookups depend on it. */
export interface ResolvConf {
  /** Addresses, in the order in which they are asked. */
  readonly servers: readonly string[]
  /** Domains that are appended to names. */
  readonly search: readonly string[]
  /** A name with at least this many dots is tried as it is before the search list. */
  readonly ndots: number
}

/** Reads a resolv.conf as miekg/dns does, which Prometheus uses: later lines win, the rest is skipped. */
export function parseResolvConf(text: string): ResolvConf {
  const servers: string[] = []
  let search: readonly string[] = []
  let ndots = 1
  for (const line of text.split(/\r?\n/)) {
    const [key, ...values] = line.trim().split(/\s+/)
    const [first] = values
    if (key === 'nameserver' && first !== undefined) servers.push(first)
    else if (key === 'domain') search = first === undefined ? [] : [first]
    else if (key === 'search') search = values
    else if (key === 'options') ndots = ndotsOf(values) ?? ndots
  }
  return { servers, search, ndots }
}

function ndotsOf(options: readonly string[]): number | undefined {
  const written = options.findLast((option) => option.startsWith('ndots:'))?.slice('ndots:'.length)
  if (written === undefined) return undefined
  const value = /^[-+]?[0-9]+$/.test(written) ? Number(written) : 0
  return Math.min(Math.max(value, 0), 15)
}

/**
 * The full names to ask for, in order. A name that ends in a dot is complete; one with `ndots` dots
 * or more is tried as it is before it is tried in each search domain, any other after that.
 */
export function candidates(name: string, { search, ndots }: ResolvConf): readonly string[] {
  if (isComplete(name)) return [name]
  const full = `${name}.`
  const searched = search.map((domain) =>
    domain.endsWith('.') ? full + domain : `${full}${domain}.`,
  )
  const labels = name === '' ? 0 : name.split('.').length
  return labels > ndots ? [full, ...searched] : [...searched, full]
}
