import { Secret } from '../../yaml/index.js'
import type { OpenstackConfig } from './section.js'

/** Who asks for a token, where, and for what. A text that is not given is empty. */
export interface Credentials {
  /** `https://keystone.example:5000/v3`; the version may be left out. */
  readonly identityEndpoint: string
  readonly username: string
  readonly userId: string
  readonly password: Secret
  readonly projectId: string
  readonly projectName: string
  readonly domainId: string
  readonly domainName: string
  readonly appId: string
  readonly appName: string
  readonly appSecret: Secret
  /** The token is for the whole system in place of a project. */
  readonly system: boolean
}

/** The environment lacks what `openstack_sd_configs` without `identity_endpoint` takes from it. */
export class OpenstackEnvironmentError extends Error {
  override readonly name = 'OpenstackEnvironmentError'
  readonly code = 'ERR_OPENSTACK_ENVIRONMENT'
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The credentials of a config; those of the environment, and none of the config, where it has no
 * `identity_endpoint`.
 * @throws {OpenstackEnvironmentError} for a variable that is missing
 */
export function credentialsOf(config: OpenstackConfig, env: Environment): Credentials {
  if (config.identity_endpoint === '') return fromEnvironment(env)
  return {
    identityEndpoint: config.identity_endpoint,
    username: config.username,
    userId: config.userid,
    password: config.password,
    projectId: config.project_id,
    projectName: config.project_name,
    domainId: config.domain_id,
    domainName: config.domain_name,
    appId: config.application_credential_id,
    appName: config.application_credential_name,
    appSecret: config.application_credential_secret,
    system: false,
  }
}

/** The variables of an `openrc` file, under the rules of Gophercloud, which Prometheus uses. */
function fromEnvironment(env: Environment): Credentials {
  const given = (...names: readonly string[]): string =>
    names.map((name) => env[name] ?? '').find((value) => value !== '') ?? ''
  const credentials: Credentials = {
    identityEndpoint: given('OS_AUTH_URL'),
    username: given('OS_USERNAME'),
    userId: given('OS_USERID'),
    password: new Secret(given('OS_PASSWORD')),
    projectId: given('OS_PROJECT_ID', 'OS_TENANT_ID'),
    projectName: given('OS_PROJECT_NAME', 'OS_TENANT_NAME'),
    domainId: given('OS_DOMAIN_ID'),
    domainName: given('OS_DOMAIN_NAME'),
    appId: given('OS_APPLICATION_CREDENTIAL_ID'),
    appName: given('OS_APPLICATION_CREDENTIAL_NAME'),
    appSecret: new Secret(given('OS_APPLICATION_CREDENTIAL_SECRET')),
    system: given('OS_SYSTEM_SCOPE') === 'all',
  }
  const missing = missingOf(credentials)
  if (missing === undefined) return credentials
  const where = 'openstack_sd_configs without identity_endpoint takes it from the environment'
  throw new OpenstackEnvironmentError(`${missing} is not set: ${where}`)
}

/** The variable that has to be set besides those that are. */
function missingOf(given: Credentials): string | undefined {
  const { username, userId, appId, appName } = given
  const hasUser = username !== '' || userId !== ''
  const hasDomain = given.domainId !== '' || given.domainName !== ''
  const user = 'OS_USERNAME or OS_USERID'
  const domain = 'OS_DOMAIN_ID or OS_DOMAIN_NAME'
  if (given.identityEndpoint === '') return 'OS_AUTH_URL'
  if (!hasUser && appId === '' && given.appSecret.isEmpty) return user
  if (given.password.isEmpty && appId === '' && appName === '') return 'OS_PASSWORD'
  if ((appId !== '' || appName !== '') && given.appSecret.isEmpty) {
    return 'OS_APPLICATION_CREDENTIAL_SECRET'
  }
  if (!hasDomain && given.projectId === '' && given.projectName !== '') {
    return `OS_PROJECT_ID, or beside OS_PROJECT_NAME ${domain}`
  }
  if (appId !== '' || appName === '') return undefined
  if (!hasUser) return user
  return username !== '' && !hasDomain ? domain : undefined
}

/** An identity endpoint without its version: what every version is below. */
export function identityBase(endpoint: string): string {
  return endpoint.replace(/[?#].*$/su, '').replace(/\/v[0-9.]+(?:\/.*)?$/su, '')
}
