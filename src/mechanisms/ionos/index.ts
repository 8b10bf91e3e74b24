import { type HttpClientConfig, httpClientConfig } from '../../http/index.js'
import { field, inline, struct, text } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { refusalFrom } from '../kit/refusal.js'
import { always, pollKeys, requireKeys } from '../kit/section.js'
import * as json from '../kit/shape.js'

const keys = {
  datacenter_id: field(text, '', always),
  http: inline(httpClientConfig),
  ...pollKeys,
}

/** One element of `ionos_sd_configs`. */
export interface IonosConfig {
  readonly datacenter_id: string
  readonly http: HttpClientConfig
  /** Milliseconds. */
  readonly refresh_interval: number
  readonly port: number
}

const section = struct('ionos.plain', keys, (value, at) =>
  requireKeys(value, at, { datacenter_id: "datacenter id can't be empty" }),
)

const apiErrors = json.object({ messages: json.list(json.object({ message: json.text })) })

/** `ionos_sd_configs`: servers of a datacenter of IONOS Cloud. */
export const ionos: MechanismFactory = polled<IonosConfig>({
  name: 'ionos',
  section,
  baseUrl: 'https://api.ionos.com/cloudapi/v6',
  refusal: () =>
    refusalFrom(apiErrors, ({ messages }) => messages.map(({ message }) => message).join('; ')),
  load: () => import('./search.js'),
})
