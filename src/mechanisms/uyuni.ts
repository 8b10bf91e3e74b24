import { httpClientConfig } from '../http/index.js'
import { duration, field, inline, secret, struct, text } from '../yaml/index.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { always, faultOfUrl, maskedUrl, minute, requireKeys } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

const section = struct(
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
export const uyuni: MechanismFactory = unbuilt({ name: 'uyuni', section })
