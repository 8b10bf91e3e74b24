import { httpClientConfig } from '../../http/index.js'
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
  text,
} from '../../yaml/index.js'
import { always, type Filter, maskedUrl, minute } from './section.js'

/** Which account of Amazon's is asked, and how. */
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

/** The keys that the sections of all services of Amazon have. */
export const awsAccount: Account = {
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

/**
 * The keys of a service that runs in clusters.
 * @param requestConcurrency how many requests may run at a time by default
 */
export function awsClusters(requestConcurrency: number): { [key: string]: Field<unknown> } {
  return {
    ...awsAccount,
    clusters: field(list(text)),
    request_concurrency: field(int, requestConcurrency),
    http: inline(httpClientConfig),
  }
}

/** Refuses a filter without values. */
export function checkAwsFilters(
  value: { readonly filters: readonly Filter[] },
  at: Decoding,
): void {
  if (value.filters.some((filter) => filter.values.length === 0)) {
    at.failKey('filters', 'EC2 SD configuration filter values cannot be empty')
  }
}
