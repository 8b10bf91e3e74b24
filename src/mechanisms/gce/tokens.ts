import {
  type Environment,
  HttpError,
  type HttpResponse,
  redactUrl,
  signedJwt,
  statusError,
} from '../../http/index.js'
import { type Api, readJson } from '../kit/api.js'
import { AnswerError } from '../kit/errors.js'
import { sendOnce } from '../kit/send-once.js'
import * as json from '../kit/shape.js'
import { refusal } from './api.js'
import type { AuthorizedUser, ServiceAccount } from './credentials-file.js'
import { GoogleCredentialsError } from './errors.js'

/** A token, and for how long it is good. */
export interface Token {
  readonly value: string
  /** From the moment at which it was asked for; milliseconds. */
  readonly validMs: number
}

const scope = 'https://www.googleapis.com/auth/compute.readonly'

/** How long an assertion is good for, which is the most that Google takes. */
const assertionSeconds = 3600
/** A clock that is a little ahead of Google's does no harm. */
const skewSeconds = 10

/**
 * A token of a service account, for an assertion that its key signs.
 * @see https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests
 * @param now Unix milliseconds
 */
export function serviceAccountToken(
  api: Api,
  account: ServiceAccount,
  now: number,
): Promise<Token> {
  const { tokenUrl, audience } = account
  return askForToken(api, tokenUrl, {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: assertion(account, { scope, aud: audience || tokenUrl }, now),
  })
}

/**
 * A token that a service account makes itself. Universes other than Google's own take no other.
 * @see https://google.aip.dev/auth/4111
 */
export function selfSignedToken(account: ServiceAccount, now: number): Token {
  return {
    value: assertion(account, { scope, sub: account.email }, now),
    validMs: (assertionSeconds - skewSeconds) * 1000,
  }
}

/** A token of a person who has signed in. */
export function userToken(api: Api, user: AuthorizedUser): Promise<Token> {
  return askForToken(api, user.tokenUrl, {
    grant_type: 'refresh_token',
    client_id: user.clientId,
    client_secret: user.clientSecret,
    refresh_token: user.refreshToken,
  })
}

function assertion(
  { email, keyId, privateKey, from }: ServiceAccount,
  claims: Readonly<Record<string, unknown>>,
  now: number,
): string {
  const iat = Math.floor(now / 1000) - skewSeconds
  const all = { iss: email, ...claims, iat, exp: iat + assertionSeconds }
  try {
    return signedJwt({ algorithm: 'RS256', keyId, claims: all }, privateKey)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new GoogleCredentialsError(`${from}: private_key: unable to sign with it: ${reason}`, {
      cause: error,
    })
  }
}

// A refusal has to be read here: it is one of credentials.
const anyStatus: readonly number[] = Array.from({ length: 400 }, (_, i) => 200 + i)

async function askForToken(
  api: Api,
  url: string,
  form: Readonly<Record<string, string>>,
): Promise<Token> {
  const answer = await api.ask(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    secrets: Object.values(form),
    statuses: anyStatus,
  })
  return tokenIn(answer, api)
}

/**
 * A token of the service account of this machine or pod.
 * @see https://cloud.google.com/compute/docs/access/authenticate-workloads#applications
 * @throws {GoogleCredentialsError} where there is no metadata server, or no service account
 */
export async function machineToken(
  api: Api,
  given: { readonly env: Environment; readonly userAgent: string },
): Promise<Token> {
  const host = given.env['GCE_METADATA_HOST'] || '169.254.169.254'
  const path = 'computeMetadata/v1/instance/service-accounts/default/token'
  const { signal } = api
  const request = {
    url: `http://${host}/${path}?${new URLSearchParams({ scopes: scope }).toString()}`,
    headers: { 'metadata-flavor': 'Google' },
  }
  let answer: HttpResponse
  try {
    answer = await sendOnce(request, { ...given, signal })
  } catch (error) {
    if (signal.aborted) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new GoogleCredentialsError(
      'no Google credentials: set GOOGLE_APPLICATION_CREDENTIALS to the key of a service account, or run ' +
        `muster where there is a metadata server (${reason})`,
      { cause: error },
    )
  }
  if (answer.status === 404) {
    throw new GoogleCredentialsError(
      'this machine has no service account: attach one, or set GOOGLE_APPLICATION_CREDENTIALS',
    )
  }
  return tokenIn(answer, api)
}

const tokenAnswer = json.object({ access_token: json.text, expires_in: json.int })

function tokenIn(answer: HttpResponse, api: Api): Token {
  const at = redactUrl(answer.url)
  if (answer.status < 200 || answer.status > 299) throw refused(answer)
  const { access_token: value, expires_in } = readJson(tokenAnswer, answer, api.maxWeight)
  if (value === '') throw new AnswerError(`${at}: the answer has no access_token`)
  return { value, validMs: expires_in * 1000 }
}

function refused(answer: HttpResponse): HttpError {
  const usual = statusError(answer, `${redactUrl(answer.url)}: server returned HTTP status`)
  const said = refusal(answer)
  if (said === undefined) return usual
  const shown = answer.withoutSecrets(said).replace(/\s+/g, ' ').slice(0, 500)
  const { retryAfterMs } = usual
  return new HttpError('credentials', shown, {
    status: answer.status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}
