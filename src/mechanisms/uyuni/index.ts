import { joinUrlPath } from '../../go/url.js'
import { type HttpClientConfig, httpClientConfig } from '../../http/index.js'
import {
  duration,
  field,
  inline,
  type Secret,
  secret,
  struct,
  type StructType,
  text,
} from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { always, faultOfUrl, maskedUrl, minute, requireKeys } from '../kit/section.js'

/** One element of `uyuni_sd_configs`. */
export interface UyuniConfig {
  readonly http: HttpClientConfig
  readonly server: string
  readonly username: string
  readonly password: Secret
  /** Systems without it are not listed. */
  readonly entitlement: string
  /** Stands between the names of a system's groups. */
  readonly separator: string
  /** Milliseconds. */
  readonly refresh_interval: number
}

const section: StructType<UyuniConfig> = struct(
  'uyuni.plain',
  {
    server: field(maskedUrl, '', always),
    username: field(text, '', always),
    password: field(secret, undefined, always),
    http: inline(httpClientConfig),
    entitlement: field(text, 'monitoring_entitled'),
    separator: field(text, ','),
    refresh_interval: field(duration, minute),
  },
  (value, at) => {
    requireKeys(value, at, {
      server: 'Uyuni SD configuration requires server host',
      username: 'Uyuni SD configuration requires a username',
      password: 'Uyuni SD configuration requires a password',
    })
    const fault = faultOfUrl(value.server)
    if (fault !== undefined) at.failKey('server', `Uyuni Server URL is not valid: ${fault}`)
  },
)

/** `uyuni_sd_configs`: systems that Uyuni manages. */
export const uyuni: MechanismFactory = polled<UyuniConfig>({
  name: 'uyuni',
  section,
  baseUrl: apiUrl,
  load: () => import('./search.js'),
})

/** Where Uyuni takes calls. */
export function apiUrl({ server }: Pick<UyuniConfig, 'server'>): string {
  return joinUrlPath(server, '/rpc/api')
}
