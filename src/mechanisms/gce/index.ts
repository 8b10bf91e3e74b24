import {
  createHttpClient,
  defaultHttpClientConfig,
  type HttpClient,
  type HttpClientOptions,
} from '../../http/index.js'
import { field, struct, text } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { always, pollKeys, requireKeys } from '../kit/section.js'
import { apiOf, googleUniverse, refusal } from './api.js'

const keys = {
  project: field(text, '', always),
  zone: field(text, '', always),
  filter: field(text),
  ...pollKeys,
  tag_separator: field(text, ','),
}

/** One element of `gce_sd_configs`. */
export interface GceConfig {
  readonly project: string
  readonly zone: string
  readonly filter: string
  /** Milliseconds. */
  readonly refresh_interval: number
  readonly port: number
  readonly tag_separator: string
}

const section = struct('gce.plain', keys, (value, at) =>
  requireKeys(value, at, {
    project: 'GCE SD configuration requires a project',
    zone: 'GCE SD configuration requires a zone',
  }),
)

/** `gce_sd_configs`: instances of Google Compute Engine. */
export const gce: MechanismFactory = (options) =>
  polled<GceConfig>({
    name: 'gce',
    section,
    client: connect,
    baseUrl: apiOf(googleUniverse),
    refusal: () => refusal,
    load: async () => (await import('./search.js')).searchWith(options),
  })(options)

/** A client as Prometheus has it: with the proxy of the environment, and redirects. */
function connect(_: GceConfig, options: HttpClientOptions): HttpClient {
  const config = defaultHttpClientConfig()
  const proxy = { ...config.proxy, proxy_from_environment: true }
  return createHttpClient({ ...config, proxy }, options)
}
