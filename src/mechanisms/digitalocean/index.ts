import { type HttpClientConfig, httpClientConfig } from '../../http/index.js'
import { field, inline, struct } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { refusalFrom } from '../kit/refusal.js'
import { pollKeys, roleOf } from '../kit/section.js'
import * as json from '../kit/shape.js'

const roles = ['droplets', 'databases'] as const

const keys = {
  http: inline(httpClientConfig),
  ...pollKeys,
  role: field(roleOf('digitalocean.Role', roles, 'unknown DigitalOcean SD role'), 'droplets'),
}

/** One element of `digitalocean_sd_configs`. */
export interface DigitaloceanConfig {
  readonly http: HttpClientConfig
  /** Milliseconds. */
  readonly refresh_interval: number
  readonly port: number
  readonly role: 'droplets' | 'databases' | ''
}

const section = struct('digitalocean.plain', keys)

/** `digitalocean_sd_configs`: droplets or databases of DigitalOcean. */
export const digitalocean: MechanismFactory = polled<DigitaloceanConfig>({
  name: 'digitalocean',
  section,
  baseUrl: 'https://api.digitalocean.com/v2',
  refusal: () => refusalFrom(json.object({ message: json.text }), ({ message }) => message),
  load: () => import('./search.js'),
})
