import path from 'node:path'
import { goQuote } from '../../go/quote.js'
import { readRegular, secretLimit } from '../../go/read-file.js'
import type { Environment } from '../../http/index.js'
import { AnswerError } from '../kit/errors.js'
import { parseJson } from '../kit/json.js'
import * as json from '../kit/shape.js'
import { googleUniverse } from './api.js'
import { GoogleCredentialsError } from './errors.js'

/** What a credentials file says. What is not given is empty. */
export interface ServiceAccount {
  readonly kind: 'service_account'
  readonly email: string
  readonly keyId: string
  /** In PEM. */
  readonly privateKey: string
  /** Whom the signed assertion is for; empty for the token server. */
  readonly audience: string
  readonly tokenUrl: string
  readonly universe: string
  /** The file, for errors. */
  readonly from: string
}

/** A person who has signed in with `gcloud auth application-default login`. */
export interface AuthorizedUser {
  readonly kind: 'authorized_user'
  readonly clientId: string
  readonly clientSecret: string
  readonly refreshToken: string
  readonly tokenUrl: string
  /** The project whose quota counts; empty for none. */
  readonly quotaProject: string
  readonly universe: string
}

/** Credentials of a file. */
export type FileCredentials = ServiceAccount | AuthorizedUser

const googleTokenUrl = 'https://oauth2.googleapis.com/token'

const credentials = json.object({
  type: json.text,
  client_email: json.text,
  private_key_id: json.text,
  private_key: json.text,
  audience: json.text,
  token_uri: json.text,
  client_id: json.text,
  client_secret: json.text,
  refresh_token: json.text,
  quota_project_id: json.text,
  universe_domain: json.text,
})
type Written = json.Read<typeof credentials>

/**
 * Reads the credentials of a file: that of `GOOGLE_APPLICATION_CREDENTIALS`, else the one that gcloud writes.
 * @see https://cloud.google.com/docs/authentication/application-default-credentials
 * @returns undefined where neither is there
 * @throws {GoogleCredentialsError} for a file that cannot be used
 */
export async function fileCredentials(
  env: Environment,
  signal: AbortSignal,
): Promise<FileCredentials | undefined> {
  const variable = 'GOOGLE_APPLICATION_CREDENTIALS'
  const named = env[variable] ?? ''
  const file = named || gcloudFile(env)
  if (file === '') return undefined
  const from = named === '' ? file : `${variable}: ${file}`
  let text: string
  try {
    text = (await readRegular(file, { limit: secretLimit, signal })).toString('utf8')
  } catch (error) {
    if (signal.aborted) throw error
    if (named === '' && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const reason = error instanceof Error ? error.message : String(error)
    throw new GoogleCredentialsError(`${from}: unable to read the file: ${reason}`, {
      cause: error,
    })
  }
  return credentialsOf(read(text, from), from, env)
}

/** Where gcloud keeps them; empty where there is no home. */
function gcloudFile({ HOME = '', APPDATA = '' }: Environment): string {
  const folder = process.platform === 'win32' ? APPDATA : HOME && path.join(HOME, '.config')
  return folder && path.join(folder, 'gcloud', 'application_default_credentials.json')
}

function read(text: string, from: string): Written {
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    // The parser's own message quotes the text, which is a secret.
    throw new GoogleCredentialsError(`${from}: not JSON`)
  }
  try {
    return json.readShape(credentials, value, from)
  } catch (error) {
    if (error instanceof AnswerError) throw new GoogleCredentialsError(error.message)
    throw error
  }
}

function credentialsOf(written: Written, from: string, env: Environment): FileCredentials {
  const { type, token_uri: tokenUrl } = written
  const universe = universeOf(written.universe_domain, env)
  const require = (...keys: readonly (keyof Written)[]): void => {
    const missing = keys.find((key) => written[key] === '')
    if (missing !== undefined) throw new GoogleCredentialsError(`${from}: ${missing} is missing`)
  }
  switch (type) {
    case 'service_account':
      require('client_email', 'private_key')
      return {
        kind: type,
        email: written.client_email,
        keyId: written.private_key_id,
        privateKey: written.private_key,
        audience: written.audience,
        tokenUrl: tokenUrl || googleTokenUrl,
        universe,
        from,
      }
    case 'authorized_user':
      require('client_id', 'refresh_token')
      return {
        kind: type,
        clientId: written.client_id,
        clientSecret: written.client_secret,
        refreshToken: written.refresh_token,
        tokenUrl: tokenUrl || googleTokenUrl,
        quotaProject: written.quota_project_id,
        universe,
      }
    case 'external_account':
    case 'external_account_authorized_user':
    case 'impersonated_service_account':
      throw new GoogleCredentialsError(
        `${from}: muster cannot use credentials of type ${type}: give it the key of a service account, or ` +
          'run it on a machine or in a pod that has one',
      )
    default:
      throw new GoogleCredentialsError(
        type === ''
          ? `${from}: type is missing: expected the key of a service account`
          : `${from}: unknown type ${goQuote(type)}: expected service_account or authorized_user`,
      )
  }
}

/**
 * The universe that credentials are for.
 * @param written in a credentials file; empty for none
 * @throws {GoogleCredentialsError} for a text that cannot be part of a host name
 */
export function universeOf(written: string, env: Environment): string {
  const universe = written || env['GOOGLE_CLOUD_UNIVERSE_DOMAIN'] || googleUniverse
  if (/^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(universe)) return universe
  throw new GoogleCredentialsError(`${goQuote(universe)} is not the domain of a Google universe`)
}
