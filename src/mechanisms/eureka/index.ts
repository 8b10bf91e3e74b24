import { httpClientConfig } from '../../http/index.js'
import { duration, field, inline, struct, type StructValue } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { always, faultOfServerUrl, maskedUrl, second } from '../kit/section.js'

const keys = {
  server: field(maskedUrl, '', always),
  http: inline(httpClientConfig),
  refresh_interval: field(duration, 30 * second, always),
}

const section = struct('eureka.plain', keys, ({ server }, at) => {
  const fault =
    server === ''
      ? 'eureka_sd: empty or null eureka server'
      : faultOfServerUrl(server, 'eureka_sd: invalid eureka server URL')
  if (fault !== undefined) at.failKey('server', fault)
})

/** `eureka_sd_configs`: instances that are registered with Netflix Eureka. */
export const eureka: MechanismFactory = polled<StructValue<typeof keys>>({
  name: 'eureka',
  section,
  baseUrl: ({ server }) => server,
  refusal:
    () =>
    ({ status }) =>
      `non 2xx status '${String(status)}' response during eureka service discovery`,
  load: () => import('./search.js'),
})
