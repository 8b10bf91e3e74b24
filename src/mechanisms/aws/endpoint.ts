import type { Environment } from '../../http/index.js'
import type { AwsRole } from './section.js'
import { AwsCredentialsError, variable } from './ways.js'
import { goQuote } from '../../go/quote.js'

/** A service of AWS. */
export interface AwsService {
  /** In its host name, and in the name of the variable for its URL: `elasticache`. */
  readonly name: string
  /** In its signatures. */
  readonly signingName: string
}

/** The services that have targets, by their roles. */
export const awsServices: Readonly<Record<AwsRole, AwsService>> = {
  ec2: { name: 'ec2', signingName: 'ec2' },
  ecs: { name: 'ecs', signingName: 'ecs' },
  elasticache: { name: 'elasticache', signingName: 'elasticache' },
  lightsail: { name: 'lightsail', signingName: 'lightsail' },
  msk: { name: 'kafka', signingName: 'kafka' },
  rds: { name: 'rds', signingName: 'rds' },
}

/** What a URL is chosen by. */
interface Choice {
  readonly region: string
  readonly env: Environment
  /** The `endpoint` of the section; empty for none. */
  readonly given: string
  /** The endpoint with validated cryptography. */
  readonly fips?: boolean
}

/** Regions that are not below amazonaws.com, by how they begin. */
const otherSuffixes: readonly (readonly [prefix: string, suffix: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
  ['us-iso-', 'c2s.ic.gov'],
]

/**
 * The URL of a service: that of the section, that of the environment (`AWS_ENDPOINT_URL_EC2`,
 * `AWS_ENDPOINT_URL`), or the one of the region.
 * @throws {AwsCredentialsError} for a region that cannot be part of a host name
 */
export function endpointOf(service: AwsService, { region, env, given, fips }: Choice): string {
  const name = service.name.toUpperCase().replaceAll('-', '_')
  const isIgnored = variable(env, 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS').toLowerCase() === 'true'
  const fromEnvironment = isIgnored
    ? ''
    : variable(env, `AWS_ENDPOINT_URL_${name}`, 'AWS_ENDPOINT_URL')
  const chosen = given || fromEnvironment
  if (chosen !== '') return /^https?:\/\//i.test(chosen) ? chosen : `https://${chosen}`
  if (!/^[a-z0-9-]{1,63}$/.test(region)) {
    throw new AwsCredentialsError(`${goQuote(region)} is not the name of an AWS region`)
  }
  const [, suffix = 'amazonaws.com'] =
    otherSuffixes.find(([prefix]) => region.startsWith(prefix)) ?? []
  return `https://${service.name}${fips === true ? '-fips' : ''}.${region}.${suffix}`
}
