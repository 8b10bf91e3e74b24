import type { AwsKeys } from '../../http/index.js'
import * as json from '../kit/shape.js'
import { Mismatch } from '../kit/shape.js'
import { parseJson } from '../kit/json.js'
import { AwsCredentialsError } from './ways.js'

/** Keys, and how long they are good for. */
export interface IssuedKeys extends AwsKeys {
  /** Unix milliseconds; undefined for keys that do not expire by themselves. */
  readonly expiresAt: number | undefined
}

const keysInJson = json.object({
  AccessKeyId: json.text,
  SecretAccessKey: json.text,
  Token: json.text,
  SessionToken: json.text,
  Expiration: json.text,
})

/**
 * Reads the keys in a JSON text: of a metadata service (`Token`) or of a `credential_process` (`SessionToken`).
 * @param from what the text is of, for the error
 * @throws {AwsCredentialsError} where there are none; the text itself is not quoted
 */
export function keysOfJson(text: string, from: string): IssuedKeys {
  const { AccessKeyId, SecretAccessKey, Token, SessionToken, Expiration } = read(text, from)
  return issuedKeys(
    {
      accessKey: AccessKeyId,
      secretKey: SecretAccessKey,
      token: Token || SessionToken,
      expiration: Expiration,
    },
    from,
  )
}

/** Keys as a service writes them; what is missing is empty. */
export interface WrittenKeys {
  readonly accessKey: string
  readonly secretKey: string
  readonly token: string
  /** `2026-01-01T00:00:00Z` */
  readonly expiration: string
}

/**
 * Checks keys that a service has issued.
 * @throws {AwsCredentialsError} where they are incomplete
 */
export function issuedKeys(written: WrittenKeys, from: string): IssuedKeys {
  const { accessKey, secretKey, token, expiration } = written
  if (accessKey === '' || secretKey === '') {
    throw new AwsCredentialsError(`${from}: the answer has no access key and secret key`)
  }
  const expiresAt = expiration === '' ? undefined : Date.parse(expiration)
  if (Number.isNaN(expiresAt)) {
    throw new AwsCredentialsError(`${from}: the time at which the keys expire cannot be read`)
  }
  return { accessKey, secretKey, sessionToken: token === '' ? undefined : token, expiresAt }
}

function read(text: string, from: string): json.Read<typeof keysInJson> {
  try {
    return keysInJson.read(parseJson(text))
  } catch (error) {
    // The parser's own message quotes the text, which may hold a secret.
    const why = error instanceof Mismatch ? error.text : 'the answer is not JSON'
    throw new AwsCredentialsError(`${from}: ${why}`)
  }
}
