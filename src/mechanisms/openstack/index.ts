import { type HttpResponse, redactUrl, statusLine, tlsConfig } from '../../http/index.js'
import {
  bool,
  field,
  secret,
  struct,
  type StructType,
  type StructValue,
  text,
  textual,
} from '../../yaml/index.js'
import { readJsonOrNothing } from '../kit/api.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { always, maskedUrl, pollKeys, requireKeys, roleOf } from '../kit/section.js'
import * as json from '../kit/shape.js'
import { tlsClient } from '../kit/tls-client.js'
import { credentialsOf, identityBase } from './credentials.js'

const roles = ['instance', 'hypervisor', 'loadbalancer'] as const

const availability = textual<string>(
  'string',
  () => '',
  (written) => {
    if (['public', 'internal', 'admin'].includes(written)) return written
    throw new Error(`unknown availability ${written}, must be one of admin, internal or public`)
  },
  (value) => value,
)

const keys = {
  identity_endpoint: field(maskedUrl, '', always),
  username: field(text, '', always),
  userid: field(text, '', always),
  password: field(secret, undefined, always),
  project_name: field(text, '', always),
  project_id: field(text, '', always),
  domain_name: field(text, '', always),
  domain_id: field(text, '', always),
  application_credential_name: field(text, '', always),
  application_credential_id: field(text, '', always),
  application_credential_secret: field(secret, undefined, always),
  role: field(roleOf('openstack.Role', roles, 'unknown OpenStack SD role'), '', always),
  region: field(text, '', always),
  ...pollKeys,
  all_tenants: field(bool),
  tls_config: field(tlsConfig),
  availability: field(availability, 'public'),
}

/** One element of `openstack_sd_configs`. */
export type OpenstackConfig = StructValue<typeof keys>

const section: StructType<OpenstackConfig> = struct('openstack.plain', keys, (value, at) =>
  requireKeys(value, at, {
    role: 'role missing (one of: instance, hypervisor, loadbalancer)',
    region: 'openstack SD configuration requires a region',
  }),
)

/** `openstack_sd_configs`: instances, hypervisors or load balancers of OpenStack. */
export const openstack: MechanismFactory = (options) =>
  polled<OpenstackConfig>({
    name: 'openstack',
    section,
    client(config, httpOptions) {
      // Tells at once what the environment lacks.
      credentialsOf(config, options.env)
      return tlsClient(config, httpOptions)
    },
    baseUrl: (config) => identityBase(credentialsOf(config, options.env).identityEndpoint),
    refusal: () => refusal,
    load: async () => (await import('./search.js')).searchWith(options.env),
  })(options)

/** The error for an answer of no use, with the service's own words. */
function refusal(response: HttpResponse): string | undefined {
  const said = saidIn(readJsonOrNothing(json.map(json.any), response))
  if (said === undefined) return undefined
  return `${redactUrl(response.url)}: server returned HTTP status ${statusLine(response)}: ${said}`
}

/**
 * `{"error":{"message":…}}` in Keystone; Nova and Neutron have a name of their own for each `error`, and Octavia
 * has `{"faultstring":…}`.
 */
function saidIn(body: ReadonlyMap<string, unknown>): string | undefined {
  for (const [key, value] of body) {
    if (key === 'faultstring' && typeof value === 'string') return value
    if (typeof value !== 'object' || value === null || !('message' in value)) continue
    if (typeof value.message === 'string') return value.message
  }
  return undefined
}
