import { httpClientConfig } from '../../http/index.js'
import {
  duration,
  field,
  filePath,
  inline,
  list,
  type Secret,
  secret,
  struct,
  text,
} from '../../yaml/index.js'
import type { Mechanism } from '../../discovery/mechanism.js'
import {
  addressOr,
  always,
  minute,
  polled,
  requireKeys,
  requireOneSecret,
  roleOf,
  word,
} from './fields.js'
import { unbuilt } from './unbuilt.js'

const digitalocean = struct('digitalocean.plain', {
  http: inline(httpClientConfig),
  ...polled,
  role: field(
    roleOf('digitalocean.Role', ['droplets', 'databases'], 'unknown DigitalOcean SD role'),
    'droplets',
  ),
})

const gce = struct(
  'gce.plain',
  { project: word, zone: word, filter: field(text), ...polled, tag_separator: field(text, ',') },
  (value, at) =>
    requireKeys(value, at, {
      project: 'GCE SD configuration requires a project',
      zone: 'GCE SD configuration requires a zone',
    }),
)

const hetzner = struct(
  'hetzner.plain',
  {
    http: inline(httpClientConfig),
    ...polled,
    role: field(roleOf('hetzner.Role', ['robot', 'hcloud'], 'unknown role'), '', always),
    label_selector: field(text),
  },
  (value, at) => requireKeys(value, at, { role: 'role missing (one of: robot, hcloud)' }),
)

const ionos = struct(
  'ionos.plain',
  { datacenter_id: word, http: inline(httpClientConfig), ...polled },
  (value, at) => requireKeys(value, at, { datacenter_id: "datacenter id can't be empty" }),
)

const linode = struct('linode.plain', {
  http: inline(httpClientConfig),
  ...polled,
  tag_separator: field(text, ','),
  region: field(text),
})

const outscale = struct(
  'outscale.plain',
  {
    endpoint: addressOr(''),
    region: field(text, 'eu-west-2', always),
    access_key: word,
    secret_key: field(secret, undefined, always),
    secret_key_file: field(filePath, '', always),
    ...polled,
    http: inline(httpClientConfig),
  },
  (value, at) => {
    requireKeys(value, at, {
      region: 'outscale SD configuration requires a region',
      access_key: 'outscale SD configuration requires access_key',
    })
    requireOneSecret(value, at)
  },
)

const services = ['vps', 'dedicated_server']

const ovhcloud = struct(
  'ovhcloud.plain',
  {
    endpoint: field(text, 'ovh-eu', always),
    application_key: word,
    application_secret: field(secret, undefined, always),
    consumer_key: field(secret, undefined, always),
    refresh_interval: field(duration, minute, always),
    service: word,
  },
  (value, at) => {
    requireKeys(value, at, {
      endpoint: 'endpoint can not be empty',
      application_key: 'application key can not be empty',
      application_secret: 'application secret can not be empty',
      consumer_key: 'consumer key can not be empty',
    })
    if (!services.includes(value.service)) {
      at.failKey('service', `unknown service: ${value.service}`)
    }
  },
)

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const uuidShape = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx'

/** The formats that Scaleway's library insists on as it is set up; the first that is wrong. */
function faultOfScalewayKeys(
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

const scaleway = struct(
  'scaleway.plain',
  {
    project_id: word,
    api_url: addressOr('https://api.scaleway.com'),
    zone: field(text, 'fr-par-1', always),
    access_key: word,
    secret_key: field(secret, undefined, always),
    secret_key_file: field(filePath, '', always),
    name_filter: field(text),
    tags_filter: field(list(text)),
    http: inline(httpClientConfig),
    ...polled,
    role: field(roleOf('scaleway.plain', ['instance', 'baremetal'], 'unknown role'), '', always),
  },
  (value, at) => {
    const before = at.issues.length
    requireKeys(value, at, {
      role: 'role missing (one of: instance, baremetal)',
      project_id: 'project_id is mandatory',
      access_key: 'access_key is mandatory',
    })
    requireOneSecret(value, at)
    if (at.issues.length > before) return
    const fault = faultOfScalewayKeys(value.access_key, value.secret_key, value.project_id)
    if (fault !== undefined) at.failKey(...fault)
  },
)

const vultr = struct('vultr.plain', { http: inline(httpClientConfig), ...polled })

/** Clouds whose API is polled. */
export const cloudMechanisms: readonly Mechanism[] = [
  unbuilt('digitalocean', digitalocean),
  unbuilt('gce', gce),
  unbuilt('hetzner', hetzner),
  unbuilt('ionos', ionos),
  unbuilt('linode', linode),
  unbuilt('outscale', outscale),
  unbuilt('ovhcloud', ovhcloud),
  unbuilt('scaleway', scaleway),
  unbuilt('vultr', vultr),
]
