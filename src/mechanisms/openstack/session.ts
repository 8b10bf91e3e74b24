import { HttpError, type HttpResponse, redactUrl } from '../../http/index.js'
import { minute } from '../kit/section.js'
import { type Api, readJson } from '../kit/api.js'
import { AnswerError } from '../kit/errors.js'
import * as json from '../kit/shape.js'
import type { Endpoint } from './catalog.js'
import { type Credentials, identityBase } from './credentials.js'
import { tokenRequestV2, tokenRequestV3 } from './token-request.js'

/** A token, and the endpoints at which it may be used. */
export interface Token {
  readonly id: string
  readonly catalog: readonly Endpoint[]
}

/** A token that Keystone has just made. */
interface Issued extends Token {
  /** How long it is valid, by the server's own clock; milliseconds, NaN where that is not known. */
  readonly validMs: number
}

type State =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly token: Token; readonly until: number }

const closed: State = { kind: 'closed' }
/** A changed catalogue is noticed in this time at the latest. */
const longestMs = 60 * minute

/** A session with Keystone: its token is kept from poll to poll. */
export class Session {
  readonly #credentials: Credentials
  #state: State = closed

  constructor(credentials: Credentials) {
    this.#credentials = credentials
  }

  /**
   * Works with a token. It is kept until shortly before it expires, or until work fails: then the endpoints
   * of its catalogue may have moved. Work that a kept token is refused for begins again with a new one.
   */
  async use<T>(api: Api, work: (token: Token) => Promise<T>): Promise<T> {
    const state = this.#state
    if (state.kind === 'open' && api.now() < state.until) {
      try {
        return await work(state.token)
      } catch (error) {
        this.#state = closed
        if (!(error instanceof HttpError) || error.status !== 401) throw error
      }
    }
    const askedAt = api.now()
    const token = await authenticate(api, this.#credentials)
    const keptMs = Math.min(token.validMs - Math.min(minute, token.validMs / 4), longestMs)
    const found = await work(token)
    this.#state = keptMs > 0 ? { kind: 'open', token, until: askedAt + keptMs } : closed
    return found
  }
}

async function authenticate(api: Api, credentials: Credentials): Promise<Issued> {
  const version = versionOf(credentials.identityEndpoint) ?? (await chooseVersion(api, credentials))
  return version === 'v3' ? await askV3(api, credentials) : await askV2(api, credentials)
}

type Version = 'v3' | 'v2.0'

/** The version that an endpoint names. */
function versionOf(endpoint: string): Version | undefined {
  if (/\/v3\/?$/u.test(endpoint)) return 'v3'
  return /\/v2\.0\/?$/u.test(endpoint) ? 'v2.0' : undefined
}

const versions = json.object({
  versions: json.object({ values: json.list(json.object({ id: json.text, status: json.text })) }),
})

/** The newest version that an endpoint without one has. What its links lead to does not count. */
async function chooseVersion(api: Api, { identityEndpoint }: Credentials): Promise<Version> {
  const answer = await api.get('/', versions, { statuses: [200, 300] })
  const usable = answer.versions.values.filter(({ status }) =>
    /^(?:current|supported|stable)$/iu.test(status),
  )
  for (const version of ['v3', 'v2.0'] as const) {
    if (usable.some(({ id }) => id.startsWith(version))) return version
  }
  throw new AnswerError(
    `no supported version available from endpoint ${redactUrl(identityBase(identityEndpoint))}`,
  )
}

function post(
  api: Api,
  path: string,
  body: unknown,
  { password, appSecret }: Credentials,
): Promise<HttpResponse> {
  return api.ask(path, {
    secrets: [password.reveal(), appSecret.reveal()],
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

const endpointV3 = json.object({
  interface: json.text,
  region: json.text,
  region_id: json.text,
  url: json.text,
})
const answerV3 = json.object({
  token: json.object({
    issued_at: json.text,
    expires_at: json.text,
    catalog: json.list(json.object({ type: json.text, endpoints: json.list(endpointV3) })),
  }),
})

async function askV3(api: Api, credentials: Credentials): Promise<Issued> {
  const response = await post(api, '/v3/auth/tokens', tokenRequestV3(credentials), credentials)
  const { issued_at, expires_at, catalog } = readJson(answerV3, response, api.maxWeight).token
  return {
    id: required(response, response.header('x-subject-token')),
    validMs: timeOf(expires_at) - timeOf(issued_at),
    catalog: catalog.flatMap(({ type, endpoints }) =>
      endpoints.map(({ region, region_id, ...one }) => {
        return { ...one, type, regions: [region, region_id] }
      }),
    ),
  }
}

const endpointV2 = json.object({
  region: json.text,
  publicURL: json.text,
  internalURL: json.text,
  adminURL: json.text,
})
const answerV2 = json.object({
  access: json.object({
    token: json.object({ id: json.text, issued_at: json.text, expires: json.text }),
    serviceCatalog: json.list(json.object({ type: json.text, endpoints: json.list(endpointV2) })),
  }),
})

async function askV2(api: Api, credentials: Credentials): Promise<Issued> {
  const response = await post(api, '/v2.0/tokens', tokenRequestV2(credentials), credentials)
  const { token, serviceCatalog } = readJson(answerV2, response, api.maxWeight).access
  return {
    id: required(response, token.id),
    validMs: timeOf(token.expires) - timeOf(token.issued_at),
    catalog: serviceCatalog.flatMap(({ type, endpoints }) =>
      endpoints.flatMap(({ region, publicURL, internalURL, adminURL }) => [
        { type, regions: [region], interface: 'public', url: publicURL },
        { type, regions: [region], interface: 'internal', url: internalURL },
        { type, regions: [region], interface: 'admin', url: adminURL },
      ]),
    ),
  }
}

function required({ url }: HttpResponse, token: string | undefined): string {
  if (token === undefined || token === '') {
    throw new AnswerError(`${redactUrl(url)}: the answer has no token`)
  }
  return token
}

/** Milliseconds; NaN where it is not a time. Version 2.0 leaves out that its times are UTC. */
function timeOf(written: string): number {
  return Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/iu.test(written) ? written : `${written}Z`)
}
