import {
  createHttpClient,
  type HeaderValues,
  type HttpClientConfig,
  httpClientConfig,
} from '../../http/index.js'
import {
  field,
  filePath,
  inline,
  list,
  type Secret,
  secret,
  struct,
  text,
} from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { refusalFrom } from '../kit/refusal.js'
import {
  always,
  maskedUrl,
  pollKeys,
  requireKeys,
  requireOneSecretKey,
  roleOf,
} from '../kit/section.js'
import * as json from '../kit/shape.js'

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const uuidShape = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx'

/** The formats that Scaleway's library insists on as it is set up; the first that is wrong. */
function faultOfKeys(
  accessKey: string,
  secretKey: Secret,
  project: string,
): readonly [key: string, message: string] | undefined {
  if (!/^SCW[A-Z0-9]{17}$/.test(accessKey)) {
    return [
      'access_key',
      `scaleway-sdk-go: invalid access key format '${accessKey}', expected SCWXXXXXXXXXXXXXXXXX format`,
    ]
  }
  if (!secretKey.isEmpty && !uuid.test(secretKey.reveal())) {
    // Upstream's text has the key itself in it.
    return [
      'secret_key',
      `scaleway-sdk-go: invalid secret key format, expected a UUID: ${uuidShape}`,
    ]
  }
  if (uuid.test(project)) return undefined
  return [
    'project_id',
    `scaleway-sdk-go: invalid project ID format '${project}', expected a UUID: ${uuidShape}`,
  ]
}

const keys = {
  project_id: field(text, '', always),
  api_url: field(maskedUrl, 'https://api.scaleway.com'),
  zone: field(text, 'fr-par-1', always),
  access_key: field(text, '', always),
  secret_key: field(secret, undefined, always),
  secret_key_file: field(filePath, '', always),
  name_filter: field(text),
  tags_filter: field(list(text)),
  http: inline(httpClientConfig),
  ...pollKeys,
  role: field(roleOf('scaleway.plain', ['instance', 'baremetal'], 'unknown role'), '', always),
}

/** One element of `scaleway_sd_configs`. */
export interface ScalewayConfig {
  readonly project_id: string
  readonly api_url: string
  readonly zone: string
  readonly access_key: string
  readonly secret_key: Secret
  readonly secret_key_file: string
  readonly name_filter: string
  readonly tags_filter: readonly string[]
  readonly http: HttpClientConfig
  /** Milliseconds. */
  readonly refresh_interval: number
  readonly port: number
  readonly role: 'instance' | 'baremetal' | ''
}

const section = struct('scaleway.plain', keys, (value, at) => {
  const before = at.issues.length
  requireKeys(value, at, {
    role: 'role missing (one of: instance, baremetal)',
    project_id: 'project_id is mandatory',
    access_key: 'access_key is mandatory',
  })
  requireOneSecretKey(value, at)
  if (at.issues.length > before) return
  const fault = faultOfKeys(value.access_key, value.secret_key, value.project_id)
  if (fault !== undefined) at.failKey(...fault)
})

/** `scaleway_sd_configs`: instances or bare metal servers of Scaleway. */
export const scaleway: MechanismFactory = polled<ScalewayConfig>({
  name: 'scaleway',
  section,
  client: ({ http, secret_key, secret_key_file }, options) =>
    createHttpClient(
      {
        ...http,
        http_headers: {
          ...http.http_headers,
          'X-Auth-Token': tokenOf(secret_key, secret_key_file),
        },
      },
      options,
    ),
  baseUrl: ({ api_url }) => api_url,
  refusal: () => refusalFrom(json.object({ message: json.text }), ({ message }) => message),
  load: () => import('./search.js'),
})

function tokenOf(key: Secret, file: string): HeaderValues {
  return key.isEmpty
    ? { values: [], secrets: [], files: [file] }
    : { values: [], secrets: [key], files: [] }
}
