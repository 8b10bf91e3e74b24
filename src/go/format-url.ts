import { Buffer } from 'node:buffer'
import { parseGoUrl } from './url.js'

// What stays as it is in each part.
const unreserved = /^[a-zA-Z0-9\-_.~]*$/
const userSafe = /^[a-zA-Z0-9\-_.~$&+,;=]*$/
const fragmentSafe = /^[a-zA-Z0-9\-_.~$&+,/:;=?@!()*]*$/
// What a path or fragment may have that stays as it is written.
const pathAsWritten = /^[a-zA-Z0-9\-_.~$&+,/:;=@!'()*[\]%]*$/
const fragmentAsWritten = /^[a-zA-Z0-9\-_.~$&+,/:;=?@!'()*[\]%]*$/
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

/**
 * A URL as Go prints one that it has read (`url.URL.Redacted`): what has to be escaped is, and a password
 * reads `xxxxx`.
 * @throws {Error} as {@link parseGoUrl}
 */
export function printUrl(text: string): string {
  const { scheme, opaque, userinfo, host, path, query, fragment } = parseGoUrl(text)
  const behind =
    (query === '?' || query.length > 1 ? query : '') +
    (fragment === '' ? '' : `#${encoded(fragment, fragmentAsWritten, fragmentSafe)}`)
  let out = scheme === '' ? '' : `${scheme}:`
  if (opaque !== '') return out + opaque + behind
  const hasEmptyHost = scheme !== '' && text.slice(out.length).startsWith('///')
  if (host !== '' || userinfo !== undefined || hasEmptyHost) out += '//'
  if (userinfo !== undefined) {
    const [user = '', password] = userinfo.split(/:(.*)/s)
    out += `${escapeBytes(unescape(user), userSafe)}${password === undefined ? '' : ':xxxxx'}@`
  }
  out += escapeBytes(unescape(host), hostSafe)
  const shown = path === '*' ? path : encoded(path, pathAsWritten, pathSafe)
  if (out === '' && (shown.split('/', 1)[0] ?? '').includes(':')) out += './'
  return out + shown + behind
}

/** A part as it is written, where that is a way to write it; else escaped. */
function encoded(part: string, asWritten: RegExp, safe: RegExp): string {
  return asWritten.test(part) ? part : escapeBytes(unescape(part), safe)
}

/** The bytes that a part with escapes is. */
function unescape(part: string): Buffer {
  const pieces = part.split(/%([0-9a-fA-F]{2})/)
  return Buffer.concat(pieces.map((piece, i) => Buffer.from(piece, i % 2 === 0 ? 'utf8' : 'hex')))
}

/** Percent-encodes every byte of what is not safe. */
function escape(text: string, safe: RegExp, space = '%20'): string {
  return safe.test(text) ? text : escapeBytes(Buffer.from(text), safe, space)
}

function escapeBytes(bytes: Uint8Array, safe: RegExp, space = '%20'): string {
  let out = ''
  for (const byte of bytes) {
    const character = String.fromCharCode(byte)
    if (safe.test(character)) out += character
    else if (character === ' ') out += space
    else out += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}
