import { createHash, createHmac } from 'node:crypto'
import type { SigV4Config } from '../config/sections/sigv4.js'

/** Who signs requests for AWS, and for what. */
export interface AwsSigner {
  readonly region: string
  /** `aps`, Amazon's managed Prometheus, unless the config names another. */
  readonly service: string
  readonly accessKey: string
  readonly secretKey: string
  /** Of temporary credentials. */
  readonly sessionToken: string | undefined
}

/** A request without query, as far as the signature covers it. */
export interface SignableRequest {
  readonly method: string
  readonly url: URL
  readonly body: string
}

/**
 * Finds out who signs: the keys of the section, or those of the environment. Other sources of keys (a
 * profile, a role, the machine itself) need Amazon's SDK, which muster does not bring.
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

/**
 * Signs a request: AWS Signature Version 4.
 * @param now Unix milliseconds; AWS takes no signature older than five minutes
 * @returns the headers to send
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signRequest(
  request: SignableRequest,
  signer: AwsSigner,
  now: number,
): Readonly<Record<string, string>> {
  const { region, service, accessKey, secretKey, sessionToken } = signer
  const time = new Date(now).toISOString().replace(/[-:]|\.[0-9]+/g, '')
  const day = time.slice(0, 8)
  const token = sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }
  // In the order of their names.
  const signed = { host: request.url.host, 'x-amz-date': time, ...token }
  const names = Object.keys(signed).join(';')
  const canonical = [
    request.method,
    canonicalPath(request.url.pathname),
    '',
    ...Object.entries(signed).map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(request.body),
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<string | Uint8Array>(
    hmac,
    `AWS4${secretKey}`,
  )
  const signature = Buffer.from(hmac(key, text)).toString('hex')
  const { host: _, ...headers } = signed
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  }
}

/** Each segment escaped once more than in the URL, as every service but S3 wants it. */
function canonicalPath(path: string): string {
  return path.split('/').map(escaped).join('/')
}

function escaped(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Uint8Array, text: string): Uint8Array {
  return createHmac('sha256', key).update(text).digest()
}
