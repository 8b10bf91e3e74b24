import { type HttpResponse, redactUrl, statusLine } from '../../http/index.js'
import * as json from '../kit/shape.js'
import { readJsonOrNothing } from '../kit/api.js'
import { type IssuedKeys, keysOfJson } from './issued-keys.js'
import { AwsCredentialsError, reasonOf, variable, type Ways } from './ways.js'

// The instance metadata service, version 2: a token first, then what is asked for with it.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html

const tokenSeconds = '300'

/**
 * The keys of the role of this EC2 instance.
 * @throws {AwsCredentialsError} where there is no such service, or the instance has no role
 */
export async function instanceKeys(ways: Ways): Promise<IssuedKeys> {
  const ask = await metadataService(ways)
  const roles = '/latest/meta-data/iam/security-credentials/'
  const { status, body } = await ask(roles)
  const [role = ''] = status === 200 ? body.toString('utf8').trim().split(/\s+/) : []
  if (role === '') {
    throw new AwsCredentialsError(
      'this EC2 instance has no role: give it an instance profile, or keys',
    )
  }
  const answer = await ask(roles + encodeURIComponent(role))
  return keysOfJson(textOf(answer), `EC2 instance metadata, role ${role}`)
}

const identity = json.object({ region: json.text })

/**
 * The region of this EC2 instance.
 * @throws {AwsCredentialsError} where there is no such service
 */
export async function instanceRegion(ways: Ways): Promise<string> {
  const ask = await metadataService(ways)
  const answer = await ask('/latest/dynamic/instance-identity/document')
  const { region } = readJsonOrNothing(identity, answer)
  if (region === '') {
    throw new AwsCredentialsError(`${redactUrl(answer.url)}: the answer names no region`)
  }
  return region
}

type AskMetadata = (path: string) => Promise<HttpResponse>

async function metadataService(ways: Ways): Promise<AskMetadata> {
  const { env, sendLocal } = ways
  if (variable(env, 'AWS_EC2_METADATA_DISABLED').toLowerCase() === 'true') {
    throw new AwsCredentialsError(
      'EC2 instance metadata is switched off by AWS_EC2_METADATA_DISABLED',
    )
  }
  const isIpv6 = variable(env, 'AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE').toLowerCase() === 'ipv6'
  const usual = isIpv6 ? 'http://[fd00:ec2::254]' : 'http://169.254.169.254'
  const given = variable(env, 'AWS_EC2_METADATA_SERVICE_ENDPOINT')
  const base = (given || usual).replace(/\/+$/, '')
  const token = await sendOrSay(ways, {
    url: `${base}/latest/api/token`,
    method: 'PUT',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': tokenSeconds },
  })
  const headers = { 'x-aws-ec2-metadata-token': textOf(token).trim() }
  return (path) => sendLocal({ url: base + path, headers })
}

async function sendOrSay(
  { sendLocal, signal }: Ways,
  request: Parameters<Ways['sendLocal']>[0],
): Promise<HttpResponse> {
  try {
    return await sendLocal(request)
  } catch (error) {
    if (signal.aborted) throw error
    throw new AwsCredentialsError(`no EC2 instance metadata: ${reasonOf(error)}`, { cause: error })
  }
}

// Containers of ECS and pods of EKS: an address in the environment.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html

/** Whether the environment says where the keys of this container are. */
export function hasContainerKeys({ env }: Pick<Ways, 'env'>): boolean {
  return (
    variable(
      env,
      'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    ) !== ''
  )
}

/** The addresses that may be asked without TLS: those of ECS and EKS, and this machine. */
const plainHosts =
  /^(?:localhost|127(?:\.\d+){3}|\[::1\]|169\.254\.170\.2|169\.254\.170\.23|\[fd00:ec2::23\])$/

/**
 * The keys of the role of this container.
 * @param readFile reads the file with the token
 * @throws {AwsCredentialsError} where they cannot be had
 */
export async function containerKeys(
  ways: Ways,
  readFile: (file: string) => Promise<string>,
): Promise<IssuedKeys> {
  const { env, sendLocal, signal } = ways
  const relative = variable(env, 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI')
  const full = variable(env, 'AWS_CONTAINER_CREDENTIALS_FULL_URI')
  const url = relative === '' ? full : `http://169.254.170.2${relative}`
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'https:' && !plainHosts.test(parsed?.hostname ?? '')) {
    throw new AwsCredentialsError(
      'AWS_CONTAINER_CREDENTIALS_FULL_URI has to begin with https://, or name this machine',
    )
  }
  const tokenFile = variable(env, 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE')
  const token =
    tokenFile === ''
      ? variable(env, 'AWS_CONTAINER_AUTHORIZATION_TOKEN')
      : (await readFile(tokenFile)).trim()
  const from = `keys of the container (${redactUrl(url)})`
  try {
    const answer = await sendLocal({
      url,
      headers: { accept: 'application/json', ...(token === '' ? {} : { authorization: token }) },
    })
    return keysOfJson(textOf(answer), from)
  } catch (error) {
    if (signal.aborted || error instanceof AwsCredentialsError) throw error
    throw new AwsCredentialsError(`${from}: ${reasonOf(error)}`, { cause: error })
  }
}

/** The body of an answer. @throws {AwsCredentialsError} for a status of no use */
function textOf(answer: HttpResponse): string {
  if (answer.status === 200) return answer.body.toString('utf8')
  throw new AwsCredentialsError(`${redactUrl(answer.url)}: ${statusLine(answer)}`)
}
