import { httpClientConfig } from '../http/index.js'
import { goQuote } from '../go/quote.js'
import { duration, field, inline, int, secret, struct, text } from '../yaml/index.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { always, minute, requireKeys } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

const methods = ['OAuth', 'SDK', 'ManagedIdentity', 'WorkloadIdentity']

const requires = (key: string): string => `azure SD configuration requires a ${key}`

const section = struct(
  'azure.plain',
  {
    environment: field(text, 'AzurePublicCloud'),
    port: field(int, 80, always),
    subscription_id: field(text, '', always),
    tenant_id: field(text),
    client_id: field(text),
    client_secret: field(secret),
    refresh_interval: field(duration, 5 * minute),
    authentication_method: field(text, 'OAuth'),
    resource_group: field(text),
    http: inline(httpClientConfig),
  },
  (value, at) => {
    requireKeys(value, at, { subscription_id: requires('subscription_id') })
    const method = value.authentication_method
    if (method === 'OAuth') {
      requireKeys(value, at, {
        tenant_id: requires('tenant_id'),
        client_id: requires('client_id'),
        client_secret: requires('client_secret'),
      })
    }
    if (methods.includes(method)) return
    at.failKey(
      'authentication_method',
      `unknown authentication_type ${goQuote(method)}. Supported types are "OAuth", "ManagedIdentity", "SDK" or "WorkloadIdentity"`,
    )
  },
)

/** `azure_sd_configs`: virtual machines of Microsoft Azure. */
export const azure: MechanismFactory = unbuilt({ name: 'azure', section })
