import { tlsConfig } from '../../http/index.js'
import { bool, field, secret, struct, textual } from '../../yaml/index.js'
import type { Mechanism } from '../../discovery/mechanism.js'
import { address, always, polled, requireKeys, roleOf, word } from './fields.js'
import { unbuilt } from './unbuilt.js'

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

const section = struct(
  'openstack.plain',
  {
    identity_endpoint: address,
    username: word,
    userid: word,
    password: field(secret, undefined, always),
    project_name: word,
    project_id: word,
    domain_name: word,
    domain_id: word,
    application_credential_name: word,
    application_credential_id: word,
    application_credential_secret: field(secret, undefined, always),
    role: field(roleOf('openstack.Role', roles, 'unknown OpenStack SD role'), '', always),
    region: word,
    ...polled,
    all_tenants: field(bool),
    tls_config: field(tlsConfig),
    availability: field(availability, 'public'),
  },
  (value, at) =>
    requireKeys(value, at, {
      role: 'role missing (one of: instance, hypervisor, loadbalancer)',
      region: 'openstack SD configuration requires a region',
    }),
)

export const openstack: Mechanism = unbuilt('openstack', section)
