import { httpClientConfig } from '../../http/index.js'
import { duration, field, inline, struct } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { always, faultOfServerUrl, maskedUrl, second } from '../kit/section.js'
import { unbuilt } from '../kit/unbuilt.js'

const section = struct(
  'eureka.plain',
  {
    server: field(maskedUrl, '', always),
    http: inline(httpClientConfig),
    refresh_interval: field(duration, 30 * second, always),
  },
  ({ server }, at) => {
    const fault =
      server === ''
        ? 'eureka_sd: empty or null eureka server'
        : faultOfServerUrl(server, 'eureka_sd: invalid eureka server URL')
    if (fault !== undefined) at.failKey('server', fault)
  },
)

/** `eureka_sd_configs`: instances that are registered with Netflix Eureka. */
export const eureka: MechanismFactory = unbuilt({ name: 'eureka', section })
