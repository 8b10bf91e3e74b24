import { goQuote } from '../../go/quote.js'
import { type HttpClientConfig, httpClientConfig } from '../../http/index.js'
import {
  duration,
  field,
  inline,
  int,
  type Secret,
  secret,
  struct,
  type StructType,
  text,
} from '../../yaml/index.js'
import { always, minute, requireKeys } from '../kit/section.js'

/** One element of `azure_sd_configs`. */
export interface AzureConfig {
  readonly environment: string
  readonly port: number
  readonly subscription_id: string
  readonly tenant_id: string
  readonly client_id: string
  readonly client_secret: Secret
  /** Milliseconds. */
  readonly refresh_interval: number
  /** `OAuth`, `SDK`, `ManagedIdentity` or `WorkloadIdentity` in a section that was read without an error. */
  readonly authentication_method: string
  readonly resource_group: string
  readonly http: HttpClientConfig
}

const methods = ['OAuth', 'SDK', 'ManagedIdentity', 'WorkloadIdentity']

const requires = (key: string): string => `azure SD configuration requires a ${key}`

/** Its keys, as Prometheus has them. */
export const section: StructType<AzureConfig> = struct(
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
