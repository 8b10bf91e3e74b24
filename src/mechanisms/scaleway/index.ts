import { httpClientConfig } from '../../http/index.js'
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
import {
  always,
  maskedUrl,
  pollKeys,
  requireKeys,
  requireOneSecretKey,
  roleOf,
} from '../kit/section.js'
import { unbuilt } from '../kit/unbuilt.js'

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

const section = struct(
  'scaleway.plain',
  {
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
  },
  (value, at) => {
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
  },
)

/** `scaleway_sd_configs`: instances or bare metal servers of Scaleway. */
export const scaleway: MechanismFactory = unbuilt({ name: 'scaleway', section })
