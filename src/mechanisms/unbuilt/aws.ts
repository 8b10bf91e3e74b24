import { httpClientConfig, httpClientConfigWith } from '../../http/index.js'
import {
  type Decoding,
  duration,
  type Field,
  field,
  inline,
  int,
  list,
  secret,
  type Secret,
  struct,
  text,
} from '../../yaml/index.js'
import type { Mechanism } from '../../discovery/mechanism.js'
import { address, always, type Filter, filters, minute, roleOf, word } from './fields.js'
import { unbuilt } from './unbuilt.js'

interface Account {
  readonly endpoint: Field<string>
  readonly region: Field<string>
  readonly access_key: Field<string>
  readonly secret_key: Field<Secret>
  readonly profile: Field<string>
  readonly role_arn: Field<string>
  readonly external_id: Field<string>
  readonly refresh_interval: Field<number>
  readonly port: Field<number>
}

const account: Account = {
  endpoint: address,
  region: word,
  access_key: field(text),
  secret_key: field(secret),
  profile: field(text),
  role_arn: field(text),
  external_id: field(text),
  refresh_interval: field(duration, minute),
  port: field(int, 80, always),
}

function checkFilters(value: { readonly filters: readonly Filter[] }, at: Decoding): void {
  if (value.filters.some((filter) => filter.values.length === 0)) {
    at.failKey('filters', 'EC2 SD configuration filter values cannot be empty')
  }
}

const clustered = (requestConcurrency: number): { [key: string]: Field<unknown> } => ({
  ...account,
  clusters: field(list(text)),
  request_concurrency: field(int, requestConcurrency),
  http: inline(httpClientConfig),
})

const ec2 = struct(
  'aws.plain',
  { ...account, filters: field(filters, [], always), http: inline(httpClientConfig) },
  checkFilters,
)
const lightsail = struct('aws.plain', { ...account, http: inline(httpClientConfig) })
const rds = struct('aws.plain', { ...clustered(10), filters: field(filters) })

const roles = ['ec2', 'ecs', 'elasticache', 'lightsail', 'msk', 'rds'] as const
const aws = struct(
  'aws.plain',
  {
    role: field(roleOf('aws.Role', roles, 'unknown AWS SD role'), '', always),
    ...account,
    clusters: field(list(text)),
    filters: field(filters),
    // Upstream gives this section no defaults for its HTTP client.
    http: inline(httpClientConfigWith({ follow_redirects: false, enable_http2: false })),
  },
  (value, at) => {
    if (value.role === '') at.failKey('role', 'unknown AWS SD role ""')
  },
)

/** Amazon's services, and the section that names one of them by its role. */
export const awsMechanisms: readonly Mechanism[] = [
  unbuilt('aws', aws),
  unbuilt('ec2', ec2),
  unbuilt('ecs', struct('aws.plain', clustered(20))),
  unbuilt('elasticache', struct('aws.plain', clustered(10))),
  unbuilt('lightsail', lightsail),
  unbuilt('msk', struct('aws.plain', clustered(10))),
  unbuilt('rds', rds),
]
