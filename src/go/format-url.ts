import { Buffer } from 'node:buffer'

// What stays as it is in each part.
const unreserved = /^[a-zA-Z0-9\-_.~]*$/
const hostSafe = /^[a-zA-Z0-9\-_.~!$&'()*+,;=:[\]<>"]*$/
const pathSafe = /^[a-zA-Z0-9\-_.~$&+,/:;=@]*$/

/** The parts of a URL, none of them escaped. */
export interface UrlParts {
  readonly scheme: string
  readonly host: string
  readonly path: string
  /** The query without its question mark, escaped already. */
  readonly query: string
}

/** The URL as text, as Go's URL.String writes it. */
export function formatUrl({ scheme, host, path, query }: UrlParts): string {
  let out = scheme === '' ? '' : `${scheme}:`
  if (host !== '' || (scheme !== '' && path !== '')) out += '//'
  out += escape(host, hostSafe)
  const escaped = path === '*' ? path : escape(path, pathSafe)
  if (escaped !== '' && !escaped.startsWith('/') && host !== '') out += '/'
  if (out === '' && (escaped.split('/', 1)[0] ?? '').includes(':')) out += './'
  return out + escaped + (query === '' ? '' : `?${query}`)
}

/** A text for a query, as Go's url.QueryEscape writes it: a space is a plus sign. */
export function escapeQuery(text: string): string {
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
