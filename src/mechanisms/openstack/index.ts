import { type HttpResponse, redactUrl, statusLine } from '../../http/index.js'
import { readJsonOrNothing } from '../kit/api.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import * as json from '../kit/shape.js'
import { tlsClient } from '../kit/tls-client.js'
import { credentialsOf, identityBase } from './credentials.js'
import { type OpenstackConfig, section } from './section.js'

/** `openstack_sd_configs`: instances, hypervisors or load balancers of OpenStack. */
export const openstack: MechanismFactory = (options) =>
  polled<OpenstackConfig>({
    name: 'openstack',
    section,
    client(config, httpOptions) {
      // Tells at once what the environment lacks.
      credentialsOf(config, options.env)
      return tlsClient(config, httpOptions)
    },
    baseUrl: (config) => identityBase(credentialsOf(config, options.env).identityEndpoint),
    refusal: () => refusal,
    load: async () => (await import('./search.js')).searchWith(options.env),
  })(options)

/** The error for an answer of no use, with the service's own words. */
function refusal(response: HttpResponse): string | undefined {
  const said = saidIn(readJsonOrNothing(json.map(json.any), response))
  if (said === undefined) return undefined
  return `${redactUrl(response.url)}: server returned HTTP status ${statusLine(response)}: ${said}`
}

/**
 * `{"error":{"message":…}}` in Keystone; Nova and Neutron have a name of their own for each `error`, and Octavia
 * has `{"faultstring":…}`.
 */
function saidIn(body: ReadonlyMap<string, unknown>): string | undefined {
  for (const [key, value] of body) {
    if (key === 'faultstring' && typeof value === 'string') return value
    if (typeof value !== 'object' || value === null || !('message' in value)) continue
    if (typeof value.message === 'string') return value.message
  }
  return undefined
}
