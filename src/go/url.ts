import { posix } from 'node:path'

/** The parts of a URL as Go's url.Parse splits them; nothing is normalised, so that texts stay as written. */
export interface GoUrl {
  /** Lower case, without the colon; empty where the text has none. */
  readonly scheme: string
  /** What follows the scheme of a URL without slashes: `mailto:x`. */
  readonly opaque: string
  /** As written, without the `@`. */
  readonly userinfo: string
  /** Host and port. */
  readonly host: string
  readonly path: string
}

const badEscape = /%(?![0-9a-fA-F]{2}).{0,2}/s
// oxlint-disable-next-line no-control-regex -- these are the bytes Go refuses
const control = /[\u0000-\u001f\u007f]/

/**
 * Splits a URL by the rules of Go's url.Parse, which takes more than `new URL` does (`host:80/x`
 * apart): what Prometheus accepts in a config must be accepted here.
 * @throws {Error} in Go's words: `parse "x": missing protocol scheme`; a password is masked
 */
export function parseGoUrl(text: string): GoUrl {
  try {
    return split(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`parse ${JSON.stringify(redactUrl(text))}: ${reason}`, { cause: error })
  }
}

function split(text: string): GoUrl {
  const hash = text.indexOf('#')
  const beforeFragment = hash < 0 ? text : text.slice(0, hash)
  if (hash >= 0) checkEscapes(text.slice(hash + 1))
  if (control.test(beforeFragment)) throw new Error('net/url: invalid control character in URL')
  if (beforeFragment.startsWith(':')) throw new Error('missing protocol scheme')
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(beforeFragment)?.[1]?.toLowerCase() ?? ''
  const [rest = ''] = beforeFragment.slice(scheme === '' ? 0 : scheme.length + 1).split('?', 1)
  const none = { scheme, opaque: '', userinfo: '', host: '' }
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...none, opaque: rest, path: '' }
    if (/^[^/]*:/.test(rest)) throw new Error('first path segment in URL cannot contain colon')
  }
  if (!rest.startsWith('//') || (scheme === '' && rest.startsWith('///'))) {
    return { ...none, path: checkEscapes(rest) }
  }
  const slash = rest.indexOf('/', 2)
  const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash)
  const at = authority.lastIndexOf('@')
  return {
    ...none,
    userinfo: checkUserinfo(at < 0 ? '' : authority.slice(0, at)),
    host: checkHost(authority.slice(at + 1)),
    path: checkEscapes(slash < 0 ? '' : rest.slice(slash)),
  }
}

function checkEscapes(text: string): string {
  const bad = badEscape.exec(text)
  if (bad !== null) throw new Error(`invalid URL escape ${JSON.stringify(bad[0])}`)
  return text
}

function checkUserinfo(text: string): string {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(text)) throw new Error('net/url: invalid userinfo')
  return checkEscapes(text)
}

function checkHost(host: string): string {
  const bracketed = host.startsWith('[')
  const end = host.lastIndexOf(']')
  if (bracketed && end < 0) throw new Error("missing ']' in host")
  const colon = bracketed ? end + 1 : host.lastIndexOf(':')
  const port = colon < 0 ? '' : host.slice(colon)
  if (port !== '' && !/^:[0-9]*$/.test(port)) {
    throw new Error(`invalid port ${JSON.stringify(port)} after host`)
  }
  const bad = /[ "<>\\^`{|}]/.exec(host)
  if (bad !== null) throw new Error(`invalid character ${JSON.stringify(bad[0])} in host name`)
  // Only bytes beyond ASCII may be escaped in a host, and the percent sign of an IPv6 zone.
  const escape = /%(?!25)[0-7][0-9a-fA-F]/.exec(bracketed ? '' : host)
  if (escape !== null) throw new Error(`invalid URL escape ${JSON.stringify(escape[0])}`)
  return checkEscapes(host)
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
