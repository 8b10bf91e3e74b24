import { HttpError } from './errors.js'
import { parseGoUrl, redactUrl } from '../go/url.js'
import type { HttpResponse } from './response.js'

/** The part of a request that a redirect may change. */
export interface Hop {
  readonly url: URL
  readonly method: string
  /** Whether the body is sent again. */
  readonly withBody: boolean
  /** Whether this host may see credentials: true until a redirect has led to a foreign one. */
  readonly trusted: boolean
}

/** Go sends ten requests at most, the first among them: it follows nine redirects. */
const mostRequests = 10

/** Whether credentials for one host may go to another: the same one, or one below it; ports do not count. */
function mayTrust(from: URL, to: URL): boolean {
  return to.hostname === from.hostname || to.hostname.endsWith(`.${from.hostname}`)
}

/**
 * Where an answer sends us, by the rules of Go's net/http; undefined when it is the last one.
 * @param count the redirects followed so far
 * @throws {HttpError} of kind `redirect` for the tenth of them, or for a place that cannot be read
 */
export function nextHop(
  first: URL,
  hop: Hop,
  response: Pick<HttpResponse, 'status' | 'header'>,
  count: number,
): Hop | undefined {
  if (![301, 302, 303, 307, 308].includes(response.status)) return undefined
  const location = response.header('location')
  if (location === undefined || location === '') return undefined
  const url = destination(location, hop)
  if (count + 1 >= mostRequests) {
    throw new HttpError('redirect', `stopped after ${String(mostRequests)} redirects`)
  }
  const keeps = response.status === 307 || response.status === 308
  const same = keeps || hop.method === 'GET' || hop.method === 'HEAD'
  return {
    url,
    method: same ? hop.method : 'GET',
    withBody: keeps && hop.withBody,
    trusted: hop.trusted && mayTrust(first, url),
  }
}

/** Go takes for a path what `new URL` would take for a host: `http:/x`, `http:///x`, and a backslash for itself. */
function destination(location: string, { method, url: base }: Hop): URL {
  const subject = `${method} ${redactUrl(base.href)}`
  const scheme = schemeOf(location, subject) ?? base.protocol.slice(0, -1)
  if (scheme !== 'http' && scheme !== 'https') {
    throw new HttpError('redirect', `${subject}: unsupported protocol scheme "${scheme}"`)
  }
  const plain = location.replaceAll('\\', '%5C')
  if (!URL.canParse(plain, base.href)) {
    throw new HttpError('redirect', `${subject}: failed to parse Location header`)
  }
  return new URL(plain, base)
}

/** @returns undefined for a place on the same server */
function schemeOf(location: string, subject: string): string | undefined {
  try {
    const { scheme, host } = parseGoUrl(location)
    if (/^https?$/.test(scheme) && host === '') throw new Error('no Host in request URL')
    return scheme === '' ? undefined : scheme
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new HttpError('redirect', `${subject}: failed to parse Location header: ${reason}`, {
      cause: error,
    })
  }
}
