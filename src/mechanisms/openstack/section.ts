import { tlsConfig } from '../../http/index.js'
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
import { always, maskedUrl, pollKeys, requireKeys, roleOf } from '../kit/section.js'

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

/** Its keys, as Prometheus has them. */
export const section: StructType<OpenstackConfig> = struct('openstack.plain', keys, (value, at) =>
  requireKeys(value, at, {
    role: 'role missing (one of: instance, hypervisor, loadbalancer)',
    region: 'openstack SD configuration requires a region',
  }),
)
