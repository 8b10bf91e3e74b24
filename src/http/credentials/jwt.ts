import { Buffer } from 'node:buffer'
import { sign } from 'node:crypto'
import { HttpConfigError, HttpError } from '../errors.js'
import type { OAuth2 } from '../section/oauth2.js'

const digests = { RS256: 'RSA-SHA256', RS384: 'RSA-SHA384', RS512: 'RSA-SHA512' } as const

/** How a JSON web token is signed. */
export type JwtAlgorithm = keyof typeof digests

function isAlgorithm(name: string): name is JwtAlgorithm {
  return Object.hasOwn(digests, name)
}

/** What a JSON web token says. */
export interface Jwt {
  readonly algorithm: JwtAlgorithm
  /** Which key signs it (`kid`); empty for none. */
  readonly keyId: string
  readonly claims: Readonly<Record<string, unknown>>
}

/**
 * Signs a JSON web token (RFC 7519).
 * @param key an RSA private key in PEM
 * @throws OpenSSL's error when the key cannot sign: it names the format, never the key
 */
export function signedJwt({ algorithm, keyId, claims }: Jwt, key: string): string {
  const header = { alg: algorithm, typ: 'JWT', ...(keyId === '' ? {} : { kid: keyId }) }
  const content = `${segment(header)}.${segment(claims)}`
  return `${content}.${sign(digests[algorithm], Buffer.from(content), key).toString('base64url')}`
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
  const algorithm = config.signature_algorithm === '' ? 'RS256' : config.signature_algorithm
  if (!isAlgorithm(algorithm)) {
    throw new HttpConfigError('valid signature algorithms are RS256, RS384 and RS512')
  }
  const issued = Math.floor(nowMs / 1000)
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
  try {
    return signedJwt({ algorithm, keyId: config.client_certificate_key_id, claims }, key)
  } catch (error) {
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
