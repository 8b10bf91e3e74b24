import { isIPv4, isIPv6 } from 'node:net'
import { posix } from 'node:path'
import { goQuote } from './quote.js'

/** The parts of a URL as Go's url.Parse splits them; nothing is normalised, so that texts stay as written. */
export interface GoUrl {
  /** Lower case, without the colon; empty where the text has none. */
  readonly scheme: string
  /** What follows the scheme of a URL without slashes: `mailto:x`. */
  readonly opaque: string
  /** As written, without the `@`; undefined where there is none. */
  readonly userinfo: string | undefined
  /** Host and port. */
  readonly host: string
  readonly path: string
  /** With its question mark. */
  readonly query: string
  /** Without its `#`. */
  readonly fragment: string
}

const badEscape = /%(?![0-9a-fA-F]{2}).{0,2}/s
// oxlint-disable-next-line no-control-regex -- these are the bytes Go refuses
const control = /[\u0000-\u001f\u007f]/

/**
 * Splits a URL by the rules of Go's url.Parse, which are others than those of `new URL`: what Prometheus
 * accepts in a config must be accepted here, and what it refuses refused.
 * @throws {Error} in Go's words: `parse "x": missing protocol scheme`; a password is masked
 */
export function parseGoUrl(text: string): GoUrl {
  const [, beforeFragment = '', fragment = ''] = /^([^#]*)#?(.*)$/s.exec(text) ?? []
  const parts = inWords(beforeFragment, () => split(beforeFragment))
  return { ...parts, fragment: inWords(text, () => checkEscapes(fragment)) }
}

function inWords<T>(url: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`parse ${goQuote(redactUrl(url))}: ${reason}`, { cause: error })
  }
}

function split(beforeFragment: string): Omit<GoUrl, 'fragment'> {
  if (control.test(beforeFragment)) throw new Error('net/url: invalid control character in URL')
  if (beforeFragment.startsWith(':')) throw new Error('missing protocol scheme')
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(beforeFragment)?.[1]?.toLowerCase() ?? ''
  const afterScheme = beforeFragment.slice(scheme === '' ? 0 : scheme.length + 1)
  const [, rest = '', query = ''] = /^([^?]*)(.*)$/s.exec(afterScheme) ?? []
  const ends = { scheme, query }
  const none = { opaque: '', userinfo: undefined, host: '' }
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...ends, ...none, opaque: rest, path: '' }
    if (/^[^/]*:/.test(rest)) throw new Error('first path segment in URL cannot contain colon')
  }
  if (!rest.startsWith('//') || (scheme === '' && rest.startsWith('///'))) {
    return { ...ends, ...none, path: checkEscapes(rest) }
  }
  const [, authority = '', path = ''] = /^\/\/([^/]*)(.*)$/s.exec(rest) ?? []
  const at = authority.lastIndexOf('@')
  return {
    ...ends,
    opaque: '',
    host: checkHost(authority.slice(at + 1)),
    userinfo: at < 0 ? undefined : checkUserinfo(authority.slice(0, at)),
    path: checkEscapes(path),
  }
}

function checkEscapes(text: string): string {
  const bad = badEscape.exec(text)
  if (bad !== null) throw new Error(`invalid URL escape ${goQuote(bad[0])}`)
  return text
}

function checkUserinfo(text: string): string {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(text)) throw new Error('net/url: invalid userinfo')
  return checkEscapes(text)
}

function checkHost(host: string): string {
  const open = host.lastIndexOf('[')
  if (open > 0) throw new Error('invalid IP-literal')
  const close = host.lastIndexOf(']')
  if (open === 0 && close < 0) throw new Error("missing ']' in host")
  const colon = open === 0 ? close + 1 : host.lastIndexOf(':')
  const port = colon < 0 ? '' : host.slice(colon)
  if (!/^(?::[0-9]*)?$/.test(port)) throw new Error(`invalid port ${goQuote(port)} after host`)
  if (open < 0) checkHostname(host)
  else checkAddress(host.slice(1, close))
  return host
}

const hostCharacter = /^[a-zA-Z0-9\-_.~!$&'()*+,;=:[\]<>"\u0080-\uffff]$/

/** What a name may have. Of escapes only those of bytes beyond ASCII, and that of the percent sign. */
function checkHostname(name: string): void {
  checkCharacters(name, (byte) => byte >= 0x80 || byte === 0x25)
}

/** @param mayBeEscaped tells of a byte whether it may be written as an escape */
function checkCharacters(text: string, mayBeEscaped: (byte: number) => boolean): void {
  for (const [token] of text.matchAll(/%.{0,2}|./gs)) {
    if (token.startsWith('%')) {
      checkEscapes(token)
      if (mayBeEscaped(Number.parseInt(token.slice(1), 16))) continue
      throw new Error(`invalid URL escape ${goQuote(token)}`)
    }
    if (hostCharacter.test(token)) continue
    throw new Error(`invalid character ${goQuote(token)} in host name`)
  }
}

/** An address in brackets is one of IPv6; behind `%25` its zone may follow. */
function checkAddress(written: string): void {
  const [, address = '', zone] = /^(.*?)(?:%25(.*))?$/s.exec(written) ?? []
  checkHostname(address)
  // Of escapes a zone has those of characters that it could have as they are, and that of a blank.
  checkCharacters(
    zone ?? '',
    (byte) =>
      byte === 0x20 ||
      byte === 0x25 ||
      (byte < 0x80 && hostCharacter.test(String.fromCharCode(byte))),
  )
  if (zone === undefined && isIPv4(address)) throw new Error('invalid IP-literal')
  const refuse = (reason: string): never => {
    const shown = zone === undefined ? address : `${address}%${zone}`
    throw new Error(`invalid host: ParseAddr(${goQuote(shown)}): ${reason}`)
  }
  if (zone === '') refuse('zone must be a non-empty string')
  if (!isIPv6(address)) refuse('unable to parse IP')
}

/**
 * A URL with more at the end of its path, as Go's path.Join puts it there: the path is cleaned of `..` and
 * double slashes, and a query stays behind it.
 * @param url one that {@link parseGoUrl} takes
 */
export function joinUrlPath(url: string, more: string): string {
  if (parseGoUrl(url).opaque !== '') return url
  const parts = /^((?:[^/?#:]*:)?(?:\/\/[^/?#]*)?)([^?#]*)(.*)$/s.exec(url)
  const [, host = '', path = '', rest = ''] = parts ?? []
  const joined = posix.join(path, more)
  return `${host}${host === '' || joined.startsWith('/') ? '' : '/'}${joined}${rest}`
}

/** A URL for logs, errors and printed configs: its password, if it has one, reads `xxxxx`. */
export function redactUrl(text: string): string {
  return text.replace(/^((?:[^/?#]*\/\/)?[^/?#:@]*):[^/?#]*@/, '$1:xxxxx@')
}
