import { type HttpClientConfig, httpClientConfig } from '../../http/index.js'
import {
  duration,
  field,
  filePath,
  inline,
  list,
  type Secret,
  secret,
  struct,
} from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { maskedUrl, second } from '../kit/section.js'

/** One element of `marathon_sd_configs`. */
export interface MarathonConfig {
  readonly servers: readonly string[]
  readonly auth_token: Secret
  readonly auth_token_file: string
  readonly http: HttpClientConfig
  /** Milliseconds. */
  readonly refresh_interval: number
}

/** A token of Marathon's own goes with no other credentials. */
function faultOf(
  value: MarathonConfig,
  hasBearer: boolean,
): readonly [key: string, message: string] | undefined {
  const token = Number(!value.auth_token.isEmpty) + Number(value.auth_token_file !== '')
  const key = value.auth_token_file === '' ? 'auth_token' : 'auth_token_file'
  const atMostOne = (of: string): readonly [string, string] => [
    key,
    `marathon_sd: at most one of ${of} must be configured`,
  ]
  if (value.servers.length === 0) {
    return ['servers', 'marathon_sd: must contain at least one Marathon server']
  }
  if (token > 1) return atMostOne('auth_token & auth_token_file')
  if (token === 0) return undefined
  if (value.http.basic_auth) return atMostOne('basic_auth, auth_token & auth_token_file')
  if (hasBearer) {
    return atMostOne('bearer_token, bearer_token_file, auth_token & auth_token_file')
  }
  return value.http.authorization
    ? atMostOne('auth_token, auth_token_file & authorization')
    : undefined
}

const section = struct(
  'marathon.plain',
  {
    servers: field(list(maskedUrl)),
    refresh_interval: field(duration, 30 * second),
    auth_token: field(secret),
    auth_token_file: field(filePath),
    http: inline(httpClientConfig),
  },
  (value, at, has) => {
    const fault = faultOf(value, has('bearer_token') || has('bearer_token_file'))
    if (fault !== undefined) at.failKey(...fault)
  },
)

/** `marathon_sd_configs`: tasks of Marathon's apps. */
export const marathon: MechanismFactory = polled<MarathonConfig>({
  name: 'marathon',
  section,
  // Each poll asks another of the servers.
  baseUrl: '',
  refusal:
    () =>
    ({ status }) =>
      `non 2xx status '${String(status)}' response during marathon service discovery`,
  load: () => import('./search.js'),
})
