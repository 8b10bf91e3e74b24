import { type HttpClientConfig, httpClientConfig, httpClientConfigWith } from '../../http/index.js'
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
  type Type,
} from '../../yaml/index.js'
import { always, type Filter, filters, maskedUrl, minute, roleOf } from '../kit/section.js'

/** Which account of Amazon's is asked, and how. */
type Account = {
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

/** The section of any service of Amazon, as read. */
export interface AwsConfig {
  readonly endpoint: string
  readonly region: string
  readonly access_key: string
  readonly secret_key: Secret
  readonly profile: string
  readonly role_arn: string
  readonly external_id: string
  /** Milliseconds. */
  readonly refresh_interval: number
  readonly port: number
  readonly http: HttpClientConfig
  /** Of EC2 and RDS. */
  readonly filters?: readonly Filter[]
  /** Of the services that run in clusters. */
  readonly clusters?: readonly string[]
  readonly request_concurrency?: number
}

/** The roles of `aws_sd_configs`: each is a mechanism of its own, too. */
export const awsRoles = ['ec2', 'ecs', 'elasticache', 'lightsail', 'msk', 'rds'] as const
export type AwsRole = (typeof awsRoles)[number]

/** The section of `aws_sd_configs`, as read. */
export interface UnifiedConfig extends AwsConfig {
  readonly role: AwsRole | ''
}

const account: Account = {
  endpoint: field(maskedUrl, '', always),
  region: field(text, '', always),
  access_key: field(text),
  secret_key: field(secret),
  profile: field(text),
  role_arn: field(text),
  external_id: field(text),
  refresh_interval: field(duration, minute),
  port: field(int, 80, always),
}

/** The section of `aws_sd_configs`. */
export const unifiedSection: Type<UnifiedConfig> = struct(
  'aws.plain',
  {
    role: field(roleOf('aws.Role', awsRoles, 'unknown AWS SD role'), '', always),
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

/** The section of `ec2_sd_configs`. */
export const ec2Section: Type<AwsConfig> = struct(
  'aws.plain',
  { ...account, filters: field(filters, [], always), http: inline(httpClientConfig) },
  checkFilters,
)

/** The section of `lightsail_sd_configs`. */
export const lightsailSection: Type<AwsConfig> = struct('aws.plain', {
  ...account,
  http: inline(httpClientConfig),
})

/** The section of `ecs_sd_configs`. */
export const ecsSection: Type<AwsConfig> = struct('aws.plain', clusterKeys(20))

/** The section of `elasticache_sd_configs` and of `msk_sd_configs`. */
export const clusterSection: Type<AwsConfig> = struct('aws.plain', clusterKeys(10))

/** The section of `rds_sd_configs`. */
export const rdsSection: Type<AwsConfig> = struct('aws.plain', {
  ...clusterKeys(10),
  filters: field(filters),
})

type ClusterKeys = Account & {
  readonly clusters: Field<readonly string[]>
  readonly request_concurrency: Field<number>
  readonly http: Field<HttpClientConfig>
}

/**
 * The keys of a service that runs in clusters.
 * @param requestConcurrency how many requests may run at a time by default
 */
function clusterKeys(requestConcurrency: number): ClusterKeys {
  return {
    ...account,
    clusters: field(list(text)),
    request_concurrency: field(int, requestConcurrency),
    http: inline(httpClientConfig),
  }
}

/** Refuses a filter without values. */
function checkFilters(value: { readonly filters: readonly Filter[] }, at: Decoding): void {
  if (value.filters.some((filter) => filter.values.length === 0)) {
    at.failKey('filters', 'EC2 SD configuration filter values cannot be empty')
  }
}
