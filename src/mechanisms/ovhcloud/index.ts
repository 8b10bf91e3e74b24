import {
  createHttpClient,
  defaultHttpClientConfig,
  type HttpClient,
  type HttpClientOptions,
} from '../../http/index.js'
import { duration, field, type Secret, secret, struct, text } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { refusalFrom } from '../kit/refusal.js'
import { always, faultOfServerUrl, maskedUrl, minute, requireKeys } from '../kit/section.js'
import * as json from '../kit/shape.js'

const services = ['vps', 'dedicated_server']

const keys = {
  endpoint: field(maskedUrl, 'ovh-eu', always),
  application_key: field(text, '', always),
  application_secret: field(secret, undefined, always),
  consumer_key: field(secret, undefined, always),
  refresh_interval: field(duration, minute, always),
  service: field(text, '', always),
}

/** One element of `ovhcloud_sd_configs`. */
export interface OvhcloudConfig {
  readonly endpoint: string
  readonly application_key: string
  readonly application_secret: Secret
  readonly consumer_key: Secret
  /** Milliseconds. */
  readonly refresh_interval: number
  readonly service: string
}

const section = struct('ovhcloud.plain', keys, (value, at) => {
  requireKeys(value, at, {
    endpoint: 'endpoint can not be empty',
    application_key: 'application key can not be empty',
    application_secret: 'application secret can not be empty',
    consumer_key: 'consumer key can not be empty',
  })
  if (!services.includes(value.service)) {
    at.failKey('service', `unknown service: ${value.service}`)
  }
})

/** `ovhcloud_sd_configs`: virtual or dedicated servers of OVHcloud. */
export const ovhcloud: MechanismFactory = polled<OvhcloudConfig>({
  name: 'ovhcloud',
  section,
  client: connect,
  baseUrl: ({ endpoint }) => endpointUrl(endpoint),
  refusal: () => refusalFrom(json.object({ message: json.text }), ({ message }) => message),
  load: () => import('./search.js'),
})

/** OVHcloud cannot be asked with the endpoint of a config. */
export class OvhcloudEndpointError extends Error {
  override readonly name = 'OvhcloudEndpointError'
  readonly code = 'ERR_OVHCLOUD_ENDPOINT'
}

/** A client as Prometheus has it: with the proxy of the environment, and redirects. */
function connect({ endpoint }: OvhcloudConfig, options: HttpClientOptions): HttpClient {
  const fault = faultOfServerUrl(endpointUrl(endpoint), 'scheme or host missing')
  if (fault !== undefined) throw new OvhcloudEndpointError(`endpoint: ${fault}`)
  const config = defaultHttpClientConfig()
  const proxy = { ...config.proxy, proxy_from_environment: true }
  return createHttpClient({ ...config, proxy }, options)
}

/** Where the API with this name is. @throws {OvhcloudEndpointError} for a name that is not known */
function endpointUrl(endpoint: string): string {
  if (endpoint.includes('/')) return endpoint
  const known = endpoints.get(endpoint)
  if (known !== undefined) return known
  throw new OvhcloudEndpointError(
    `unknown endpoint '${endpoint}': use a URL, or one of ${[...endpoints.keys()].join(', ')}`,
  )
}

/** https://github.com/ovh/go-ovh#supported-apis */
const endpoints: ReadonlyMap<string, string> = new Map([
  ['ovh-eu', 'https://eu.api.ovh.com/1.0'],
  ['ovh-ca', 'https://ca.api.ovh.com/1.0'],
  ['ovh-us', 'https://api.us.ovhcloud.com/1.0'],
  ['kimsufi-eu', 'https://eu.api.kimsufi.com/1.0'],
  ['kimsufi-ca', 'https://ca.api.kimsufi.com/1.0'],
  ['soyoustart-eu', 'https://eu.api.soyoustart.com/1.0'],
  ['soyoustart-ca', 'https://ca.api.soyoustart.com/1.0'],
])
