import { httpClientConfig } from '../http/index.js'
import { field, inline, struct } from '../yaml/index.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { pollKeys, roleOf } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

const roles = ['droplets', 'databases'] as const

const section = struct('digitalocean.plain', {
  http: inline(httpClientConfig),
  ...pollKeys,
  role: field(roleOf('digitalocean.Role', roles, 'unknown DigitalOcean SD role'), 'droplets'),
})

/** `digitalocean_sd_configs`: droplets or databases of DigitalOcean. */
export const digitalocean: MechanismFactory = unbuilt({ name: 'digitalocean', section })
