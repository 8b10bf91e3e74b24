import { httpClientConfig } from '../../http/index.js'
import { duration, field, inline, struct, text } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { faultOfServerUrl, maskedUrl, minute, second } from '../kit/section.js'
import { unbuilt } from '../kit/unbuilt.js'

const section = struct(
  'xds.plain',
  {
    http: inline(httpClientConfig),
    refresh_interval: field(duration, 15 * second),
    fetch_timeout: field(duration, 2 * minute),
    server: field(maskedUrl),
    client_id: field(text),
  },
  ({ server }, at) => {
    const fault =
      server === ''
        ? 'kuma SD server must not be empty: '
        : faultOfServerUrl(server, `kuma SD server must not be empty and have a scheme: ${server}`)
    if (fault !== undefined) at.failKey('server', fault)
  },
)

/** `kuma_sd_configs`: monitoring assignments of a Kuma control plane. */
export const kuma: MechanismFactory = unbuilt({ name: 'kuma', section })
