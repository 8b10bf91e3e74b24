import { type HttpClientConfig, httpClientConfig } from '../../http/index.js'
import { field, inline, struct, text } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { refusalFrom } from '../kit/refusal.js'
import { pollKeys } from '../kit/section.js'
import * as json from '../kit/shape.js'

const keys = {
  http: inline(httpClientConfig),
  ...pollKeys,
  tag_separator: field(text, ','),
  region: field(text),
}

/** One element of `linode_sd_configs`. */
export interface LinodeConfig {
  readonly http: HttpClientConfig
  /** Milliseconds. */
  readonly refresh_interval: number
  readonly port: number
  readonly tag_separator: string
  readonly region: string
}

const section = struct('linode.plain', keys)

const apiErrors = json.object({ errors: json.list(json.object({ reason: json.text })) })

/** `linode_sd_configs`: instances of Linode. */
export const linode: MechanismFactory = polled<LinodeConfig>({
  name: 'linode',
  section,
  baseUrl: 'https://api.linode.com/v4',
  failures: {
    name: 'prometheus_sd_linode_failures_total',
    help: 'Number of Linode service discovery refresh failures.',
  },
  refusal: () =>
    refusalFrom(apiErrors, ({ errors }) => errors.map(({ reason }) => reason).join('; ')),
  load: () => import('./search.js'),
})
