import { httpClientConfig } from '../../http/index.js'
import { bool, duration, field, inline, struct, text } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { always, maskedUrl, minute } from '../kit/section.js'
import { unbuilt } from '../kit/unbuilt.js'

const section = struct(
  'nomad.plain',
  {
    allow_stale: field(bool, true, always),
    http: inline(httpClientConfig),
    namespace: field(text, 'default', always),
    refresh_interval: field(duration, minute, always),
    region: field(text, 'global', always),
    server: field(maskedUrl, 'http://localhost:4646', always),
    tag_separator: field(text, ','),
  },
  (value, at) => {
    if (value.server.trim() === '') {
      at.failKey('server', 'nomad SD configuration requires a server address')
    }
  },
)

/** `nomad_sd_configs`: services that are registered with HashiCorp Nomad. */
export const nomad: MechanismFactory = unbuilt({ name: 'nomad', section })
