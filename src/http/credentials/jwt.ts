import { Buffer } from 'node:buffer'
import { sign } from 'node:crypto'
import { HttpConfigError, HttpError } from '../errors.js'
import type { OAuth2 } from '../section/oauth2.js'

const digests: Readonly<Record<string, string>> = {
  '': 'RSA-SHA256',
  RS256: 'RSA-SHA256',
  RS384: 'RSA-SHA384',
  RS512: 'RSA-SHA512',
}

const lifetimeSeconds = 600

function segment(value: unknown): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url')
}

/**
 * The signed assertion that a client trades for a token (RFC 7523).
 * @param key an RSA private key in PEM
 * @param nowMs the time it is issued at
 * @param id makes it unique (`jti`)
 * @throws {HttpError} when the key cannot sign
 */
export function assertion(config: OAuth2, key: string, nowMs: number, id: string): string {
  const digest = digests[config.signature_algorithm]
  if (digest === undefined) {
    throw new HttpConfigError('valid signature algorithms are RS256, RS384 and RS512')
  }
  const issued = Math.floor(nowMs / 1000)
  const header = {
    alg: config.signature_algorithm === '' ? 'RS256' : config.signature_algorithm,
    typ: 'JWT',
    ...(config.client_certificate_key_id === '' ? {} : { kid: config.client_certificate_key_id }),
  }
  const claims = {
    iss: config.iss,
    sub: config.client_id,
    jti: id,
    aud: config.audience === '' ? config.token_url : config.audience,
    iat: issued,
    exp: issued + lifetimeSeconds,
    ...(config.scopes.length === 0 ? {} : { scope: config.scopes.join(' ') }),
    ...config.claims,
  }
  const content = `${segment(header)}.${segment(claims)}`
  try {
    return `${content}.${sign(digest, Buffer.from(content), key).toString('base64url')}`
  } catch (error) {
    // OpenSSL's text names the format, never the key.
    const reason = error instanceof Error ? error.message : String(error)
    throw new HttpError(
      'credentials',
      `oauth2: unable to sign with the client certificate key: ${reason}`,
      {
        cause: error,
      },
    )
  }
}
