import { tlsConfig } from '../http/index.js'
import { duration, field, int, list, struct, text } from '../yaml/index.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { always, minute, requireKeys } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

const requires = (what: string): string => `triton SD configuration requires ${what}`

const section = struct(
  'triton.plain',
  {
    account: field(text, '', always),
    role: field(text, 'container', always),
    dns_suffix: field(text, '', always),
    endpoint: field(text, '', always),
    groups: field(list(text)),
    port: field(int, 9163, always),
    refresh_interval: field(duration, minute),
    tls_config: field(tlsConfig),
    version: field(int, 1, always),
  },
  (value, at) => {
    if (value.role !== 'container' && value.role !== 'cn') {
      at.failKey('role', requires("role to be 'container' or 'cn'"))
    }
    requireKeys(value, at, {
      account: requires('an account'),
      dns_suffix: requires('a dns_suffix'),
      endpoint: requires('an endpoint'),
    })
    if (value.refresh_interval <= 0) {
      at.failKey('refresh_interval', requires('RefreshInterval to be a positive integer'))
    }
  },
)

/** `triton_sd_configs`: containers or compute nodes of Triton. */
export const triton: MechanismFactory = unbuilt({ name: 'triton', section })
