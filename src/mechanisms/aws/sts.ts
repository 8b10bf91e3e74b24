import type { AwsKeys } from '../../http/index.js'
import { redactUrl, signForAws, statusLine } from '../../http/index.js'
import { Turns } from '../../waiting/turns.js'
import { AnswerError } from '../kit/errors.js'
import { childOf, readXml, textOf, type XmlElement } from '../kit/xml.js'
import { endpointOf } from './endpoint.js'
import { type IssuedKeys, issuedKeys } from './issued-keys.js'
import { AwsCredentialsError, type Ways } from './ways.js'

/** A role to take, as a config or a profile says. What is not given is empty. */
export interface Role {
  readonly arn: string
  readonly externalId: string
  /** Who takes it, in the logs of AWS. */
  readonly sessionName: string
  /** Seconds, as text. */
  readonly duration: string
  readonly tags: Readonly<Record<string, string>>
}

const sts = { name: 'sts', signingName: 'sts' }
const defaultSessionName = 'muster'
/** An answer of STS is short. */
const mostElements = 10_000

/**
 * Takes a role with the keys of another one (AssumeRole).
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 * @throws {AwsCredentialsError} with the words of AWS where it refuses
 */
export function assumeRole(
  ways: Ways,
  role: Role,
  keys: AwsKeys,
  place: { readonly region: string; readonly fips: boolean },
): Promise<IssuedKeys> {
  const tags = Object.entries(role.tags).flatMap(([key, value], i) => [
    [`Tags.member.${String(i + 1)}.Key`, key],
    [`Tags.member.${String(i + 1)}.Value`, value],
  ])
  return ask(ways, 'AssumeRole', place, keys, {
    ...roleParameters(role),
    ExternalId: role.externalId,
    ...(Object.fromEntries(tags) as Record<string, string>),
  })
}

/**
 * Takes a role with a token that another party has issued (AssumeRoleWithWebIdentity): that of a pod, say.
 * @throws {AwsCredentialsError} with the words of AWS where it refuses
 */
export function assumeRoleByToken(
  ways: Ways,
  role: Role,
  token: string,
  place: { readonly region: string; readonly fips: boolean },
): Promise<IssuedKeys> {
  const parameters = { ...roleParameters(role), WebIdentityToken: token }
  return ask(ways, 'AssumeRoleWithWebIdentity', place, undefined, parameters)
}

function roleParameters({ arn, sessionName, duration }: Role): Readonly<Record<string, string>> {
  return {
    RoleArn: arn,
    RoleSessionName: sessionName || defaultSessionName,
    DurationSeconds: duration,
  }
}

/** @param keys undefined for a request that is not signed */
async function ask(
  ways: Ways,
  action: string,
  { region, fips }: { readonly region: string; readonly fips: boolean },
  keys: AwsKeys | undefined,
  parameters: Readonly<Record<string, string>>,
): Promise<IssuedKeys> {
  const { send, signal, env, now } = ways
  const url = new URL(endpointOf(sts, { region, env, given: '', fips }))
  const given = Object.entries({ Action: action, Version: '2011-06-15', ...parameters })
  const body = new URLSearchParams(given.filter(([, value]) => value !== '')).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  const request = { method: 'POST', url, headers, body }
  const signed =
    keys === undefined ? headers : signForAws(request, { region, service: 'sts' }, keys, now())
  const answer = await send({
    url: url.href,
    method: 'POST',
    headers: { accept: 'application/xml', ...signed },
    body,
    secrets: [parameters['WebIdentityToken'] ?? ''],
  })
  const from = `${redactUrl(url.href)}: ${action} ${parameters['RoleArn'] ?? ''}`
  const root = await xmlOf(answer, signal)
  const error = root && childOf(root, 'Error')
  if (answer.status !== 200 || root === undefined || error !== undefined) {
    const said = error && `${textOf(error, 'Code')}: ${textOf(error, 'Message')}`
    throw new AwsCredentialsError(
      `${from}: ${shown(answer.withoutSecrets(said ?? statusLine(answer)), keys)}`,
    )
  }
  const result = childOf(root, `${action}Result`)
  const credentials = result && childOf(result, 'Credentials')
  const written = (name: string): string => (credentials ? textOf(credentials, name) : '')
  return issuedKeys(
    {
      accessKey: written('AccessKeyId'),
      secretKey: written('SecretAccessKey'),
      token: written('SessionToken'),
      expiration: written('Expiration'),
    },
    from,
  )
}

async function xmlOf(
  answer: Parameters<typeof readXml>[0],
  signal: AbortSignal,
): Promise<XmlElement | undefined> {
  try {
    return await readXml(answer, { turns: new Turns(), signal, maxWeight: mostElements })
  } catch (error) {
    if (error instanceof AnswerError) return undefined
    throw error
  }
}

/** What AWS says, as one short line without the secrets that it may repeat. */
function shown(said: string, keys: AwsKeys | undefined): string {
  return withoutKeys(said, keys).replace(/\s+/g, ' ').slice(0, 300)
}

/** A text without keys that it may repeat. */
export function withoutKeys(text: string, keys: AwsKeys | undefined): string {
  let shownText = text
  for (const secret of [keys?.secretKey, keys?.sessionToken]) {
    if (secret !== undefined && secret !== '') shownText = shownText.replaceAll(secret, '<secret>')
  }
  return shownText
}
