import { type TlsConfig, tlsConfig } from '../../http/index.js'
import {
  bool,
  field,
  type Secret,
  secret,
  struct,
  type StructType,
  text,
} from '../../yaml/index.js'
import { always, maskedUrl, pollKeys, requireKeys, roleOf } from '../kit/section.js'

const roles = ['instance', 'hypervisor', 'loadbalancer'] as const

const availabilities = ['public', 'internal', 'admin']

/** One element of `openstack_sd_configs`. */
export interface OpenstackConfig {
  readonly identity_endpoint: string
  readonly username: string
  readonly userid: string
  readonly password: Secret
  readonly project_name: string
  readonly project_id: string
  readonly domain_name: string
  readonly domain_id: string
  readonly application_credential_name: string
  readonly application_credential_id: string
  readonly application_credential_secret: Secret
  /** Never empty in a section that was read without an error. */
  readonly role: (typeof roles)[number] | ''
  readonly region: string
  /** Milliseconds. */
  readonly refresh_interval: number
  readonly port: number
  readonly all_tenants: boolean
  readonly tls_config: TlsConfig
  /** `public`, `internal` or `admin`. */
  readonly availability: string
}

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
  availability: field(text, 'public'),
}

/** Its keys, as Prometheus has them. */
export const section: StructType<OpenstackConfig> = struct('openstack.plain', keys, (value, at) => {
  const { availability } = value
  if (!availabilities.includes(availability)) {
    const want = 'must be one of admin, internal or public'
    at.failKey('availability', `unknown availability ${availability}, ${want}`)
  }
  requireKeys(value, at, {
    role: 'role missing (one of: instance, hypervisor, loadbalancer)',
    region: 'openstack SD configuration requires a region',
  })
})
