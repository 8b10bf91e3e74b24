import type { Secret } from '../yaml/index.js'
import type { AwsSigner } from './sigv4.js'

/** The section `sigv4`, as far as it can be used. */
export interface SigV4Config {
  readonly region: string
  readonly access_key: string
  readonly secret_key: Secret
  readonly profile: string
  readonly role_arn: string
  readonly service_name: string
}

/**
 * Finds out who signs: the keys of the section, or those of the environment. Where they would have to
 * be asked for (a profile, a role, the machine itself) it takes Amazon's SDK, which muster does not
 * bring.
 * @param env the process' own variables: `AWS_ACCESS_KEY_ID` and its like
 * @throws {Error} when there are no keys, or no region
 */
export function awsSigner(config: SigV4Config, env: NodeJS.ProcessEnv): AwsSigner {
  const { profile, role_arn, access_key, secret_key, service_name } = config
  if (profile !== '' || role_arn !== '') {
    throw new Error(
      'sigv4: profile and role_arn cannot be used yet: give access_key and secret_key',
    )
  }
  const region = config.region || env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || ''
  if (region === '') throw new Error('sigv4: region has to be set, here or as AWS_REGION')
  const service = service_name || 'aps'
  if (access_key !== '') {
    const secretKey = secret_key.reveal()
    return { region, service, accessKey: access_key, secretKey, sessionToken: undefined }
  }
  const accessKey = env['AWS_ACCESS_KEY_ID'] ?? ''
  const secretKey = env['AWS_SECRET_ACCESS_KEY'] ?? ''
  if (accessKey === '' || secretKey === '') {
    const keys = 'access_key and secret_key, here or as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
    throw new Error(`sigv4: give ${keys}`)
  }
  return { region, service, accessKey, secretKey, sessionToken: env['AWS_SESSION_TOKEN'] }
}
