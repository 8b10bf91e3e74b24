import { HttpError } from './errors.js'
import { redactUrl } from '../go/url.js'
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

const most = 10

/** Whether credentials for one host may go to another: the same one, or one below it; ports do not count. */
function mayTrust(from: URL, to: URL): boolean {
  return to.hostname === from.hostname || to.hostname.endsWith(`.${from.hostname}`)
}

/**
 * Where an answer sends us, by the rules of Go's net/http; undefined when it is the last one.
 * @param count the redirects followed so far
 * @throws {HttpError} of kind `redirect` after ten of them, or for a place that cannot be read
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
  if (!URL.canParse(location, hop.url.href)) {
    throw new HttpError(
      'redirect',
      `${hop.method} ${redactUrl(hop.url.href)}: failed to parse Location header`,
    )
  }
  const url = new URL(location, hop.url)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new HttpError('redirect', `unsupported protocol scheme "${url.protocol.slice(0, -1)}"`)
  }
  if (count >= most) throw new HttpError('redirect', `stopped after ${String(most)} redirects`)
  const keeps = response.status === 307 || response.status === 308
  const same = keeps || hop.method === 'GET' || hop.method === 'HEAD'
  return {
    url,
    method: same ? hop.method : 'GET',
    withBody: keeps && hop.withBody,
    trusted: hop.trusted && mayTrust(first, url),
  }
}
