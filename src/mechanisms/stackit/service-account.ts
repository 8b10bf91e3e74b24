import { readRegularSync } from '../../go/read-file.js'
import type { HttpClientConfig } from '../../http/index.js'
import { Secret } from '../../yaml/index.js'
import { AnswerError } from '../kit/errors.js'
import { parseJson } from '../kit/json.js'
import * as json from '../kit/shape.js'

/** The key of a service account cannot be used. The message has nothing of the key. */
export class StackitKeyError extends Error {
  override readonly name = 'StackitKeyError'
  readonly code = 'ERR_STACKIT_KEY'
}

/** What a STACKIT section says of its credentials. */
export interface StackitCredentials {
  readonly http: HttpClientConfig
  readonly service_account_key: Secret
  readonly private_key: Secret
  readonly service_account_key_path: string
  readonly private_key_path: string
  readonly credentials_file_path: string
}

const tokenUrl = 'https://service-account.api.stackit.cloud/token'
const mostBytes = 1 << 20

const accountKey = json.object({
  credentials: json.object({
    aud: json.text,
    iss: json.text,
    kid: json.text,
    sub: json.text,
    privateKey: json.text,
  }),
})

const credentialsFile = json.object({
  STACKIT_PRIVATE_KEY: json.text,
  STACKIT_PRIVATE_KEY_PATH: json.text,
})

/**
 * The HTTP client of a section: as it says itself, or with the tokens of a service account, which the client gets and
 * renews (https://docs.stackit.cloud/platform/access-and-identity/service-accounts). Reads files.
 * @param at where tokens come from
 * @throws {StackitKeyError} for a key that cannot be used
 */
export function httpOf(config: StackitCredentials, at: string = tokenUrl): HttpClientConfig {
  const { http } = config
  const written = textOf(
    'service_account_key',
    config.service_account_key,
    config.service_account_key_path,
  )
  if (written === '') return http
  const { aud, iss, kid, sub, privateKey } = read(
    accountKey,
    written,
    'service_account_key',
  ).credentials
  const key = privateKeyOf(config) || privateKey
  if (key === '') throw new StackitKeyError('private_key: the service account has none')
  return {
    ...http,
    basic_auth: undefined,
    authorization: undefined,
    oauth2: {
      client_id: sub,
      client_secret: new Secret(''),
      client_secret_file: '',
      client_secret_ref: '',
      client_certificate_key_id: kid,
      client_certificate_key: new Secret(key),
      client_certificate_key_file: '',
      client_certificate_key_ref: '',
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      signature_algorithm: 'RS512',
      iss,
      audience: aud,
      claims: {},
      scopes: [],
      token_url: at,
      endpoint_params: {},
      tls_config: http.tls_config,
      proxy: http.proxy,
    },
  }
}

/** The private key that is not in the key of the service account itself; empty for none. */
function privateKeyOf({
  private_key,
  private_key_path,
  credentials_file_path,
}: StackitCredentials): string {
  const own = textOf('private_key', private_key, private_key_path)
  if (own !== '' || credentials_file_path === '') return own
  const text = textOf('credentials_file_path', new Secret(''), credentials_file_path)
  const file = read(credentialsFile, text, 'credentials_file_path')
  const { STACKIT_PRIVATE_KEY: key, STACKIT_PRIVATE_KEY_PATH: path } = file
  return textOf('STACKIT_PRIVATE_KEY_PATH', new Secret(key), path)
}

function textOf(name: string, written: Secret, path: string): string {
  if (!written.isEmpty || path === '') return written.reveal()
  try {
    return readRegularSync(path, mostBytes).toString('utf8').trim()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StackitKeyError(`${name}: unable to read file ${path}: ${reason}`, { cause: error })
  }
}

function read<T>(shape: json.Shape<T>, text: string, name: string): T {
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    // The parser's own message quotes the text, which is a secret.
    throw new StackitKeyError(`${name}: not JSON`)
  }
  try {
    return json.readShape(shape, value, name)
  } catch (error) {
    if (error instanceof AnswerError) throw new StackitKeyError(error.message, { cause: error })
    throw error
  }
}
