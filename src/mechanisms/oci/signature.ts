import { Buffer } from 'node:buffer'
import { createHash, type KeyObject, sign } from 'node:crypto'

/** A key, and the name by which Oracle knows it. */
export interface SigningKey {
  /** `<tenancy>/<user>/<fingerprint>`, or `ST$<token>`. */
  readonly keyId: string
  readonly key: KeyObject
}

/** A request to sign. */
export interface SignableRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  /** JSON; undefined for none. */
  readonly body?: string
  /** Unix milliseconds. */
  readonly now: number
}

/**
 * Signs a request: the headers to send with it.
 * https://docs.oracle.com/en-us/iaas/Content/API/Concepts/signingrequests.htm
 * @param withHost the host is a part of what is signed; it is not where a certificate is exchanged for a token
 * @throws OpenSSL's error for a key that is not RSA
 */
export function signRequest(
  { method, url, body, now }: SignableRequest,
  { keyId, key }: SigningKey,
  withHost: boolean = true,
): Readonly<Record<string, string>> {
  const date = new Date(now).toUTCString()
  const ofBody = body === undefined ? {} : bodyHeaders(body)
  const signed: Readonly<Record<string, string>> = {
    date,
    '(request-target)': `${method.toLowerCase()} ${url.pathname}${url.search}`,
    ...(withHost && { host: url.host }),
    ...ofBody,
  }
  const lines = Object.entries(signed).map(([name, value]) => `${name}: ${value}`)
  const signature = sign('RSA-SHA256', Buffer.from(lines.join('\n')), key).toString('base64')
  const parts = {
    version: '1',
    headers: Object.keys(signed).join(' '),
    keyId,
    algorithm: 'rsa-sha256',
    signature,
  }
  const written = Object.entries(parts).map(([name, value]) => `${name}="${value}"`)
  return { date, ...ofBody, authorization: `Signature ${written.join(',')}` }
}

function bodyHeaders(body: string): Readonly<Record<string, string>> {
  return {
    'content-length': String(Buffer.byteLength(body)),
    'content-type': 'application/json',
    'x-content-sha256': createHash('sha256').update(body).digest('base64'),
  }
}
