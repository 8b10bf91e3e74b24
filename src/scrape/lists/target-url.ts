import { Buffer } from 'node:buffer'
import type { ScrapeJob } from '../job.js'

// What stays as it is in each part, as Go has it.
const unreserved = /^[a-zA-Z0-9\-_.~]*$/
const hostSafe = /^[a-zA-Z0-9\-_.~!$&'()*+,;=:[\]<>"]*$/
const pathSafe = /^[a-zA-Z0-9\-_.~$&+,/:;=@]*$/

/** The parts of a target that its URL is made of. */
export interface UrlParts {
  readonly scheme: string
  readonly host: string
  readonly path: string
  /** The query without its question mark. */
  readonly query: string
}

/** The URL as text, in the way of Go's URL.String. */
export function formatUrl({ scheme, host, path, query }: UrlParts): string {
  let out = scheme === '' ? '' : `${scheme}:`
  if (host !== '' || (scheme !== '' && path !== '')) out += '//'
  out += escape(host, hostSafe)
  const escaped = path === '*' ? path : escape(path, pathSafe)
  if (escaped !== '' && !escaped.startsWith('/') && host !== '') out += '/'
  if (out === '' && (escaped.split('/', 1)[0] ?? '').includes(':')) out += './'
  return out + escaped + (query === '' ? '' : `?${query}`)
}

/**
 * The query of a target: the job's params, the first value of each replaced by the target's
 * `__param_<name>` label, which may add others; keys in order.
 */
export function formatQuery(
  params: ScrapeJob['params'],
  own: readonly (readonly [name: string, value: string])[],
): string {
  const all = new Map(Object.entries(params))
  if (all.size === 0 && own.length === 0) return ''
  for (const [name, value] of own) all.set(name, [value, ...(all.get(name) ?? []).slice(1)])
  const keys = [...all.keys()].map((key) => ({ key, bytes: Buffer.from(key) }))
  return keys
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .flatMap(({ key }) =>
      (all.get(key) ?? []).map((value) => `${escapeQuery(key)}=${escapeQuery(value)}`),
    )
    .join('&')
}

function escapeQuery(text: string): string {
  return escape(text, unreserved, '+')
}

/** Percent-encodes every byte of what is not safe. */
function escape(text: string, safe: RegExp, space = '%20'): string {
  if (safe.test(text)) return text
  let out = ''
  for (const character of text) {
    if (safe.test(character)) out += character
    else if (character === ' ') out += space
    else {
      for (const byte of Buffer.from(character)) {
        out += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
      }
    }
  }
  return out
}
