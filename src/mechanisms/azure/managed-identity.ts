import path from 'node:path'
import { HttpError, type HttpResponse, redactUrl, statusLine } from '../../http/index.js'
import { withQuery } from '../kit/api.js'
import type { OneRequest } from '../kit/send-once.js'
import { reasonOf, variable } from '../kit/surroundings.js'
import { tokenOf } from './token-answer.js'
import { AzureCredentialsError, NoAzureCredentialsError, type Token, type Ways } from './ways.js'

/** The service of a machine that gives tokens for its managed identity. */
interface Service {
  readonly name: string
  readonly request: OneRequest
  /** It has to be shown a secret that only administrators of the machine can read. */
  readonly hasChallenge?: true
}

// The first token of a machine takes a while.
const timeoutMs = 20_000

/**
 * Gets a token for the managed identity of this machine, from the service that the environment names (App Service,
 * Azure Arc, Azure Machine Learning, Cloud Shell), or else from the instance metadata service.
 * https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
 * @param audience whom the token is for
 * @param client the id of one identity of several; empty for that of the system, or the only one
 * @throws {NoAzureCredentialsError} where there is no such service, or it has no such identity
 * @throws {AzureCredentialsError} where the identity cannot be asked for in this way
 * @throws {HttpError} where the service refuses
 */
export async function managedIdentityToken(
  ways: Ways,
  audience: string,
  client: string,
): Promise<Token> {
  const service = serviceOf(ways.env, audience, client)
  const from = `managed identity (${service.name})`
  const request = { ...service.request, timeoutMs }
  let answer = await ask(ways, request, from)
  if (service.hasChallenge === true && answer.status === 401) {
    const secret = await challengeOf(answer, from, ways)
    const headers = { ...request.headers, authorization: `Basic ${secret}` }
    answer = await ask(ways, { ...request, headers }, from)
  }
  try {
    return tokenOf(answer, from, ways.now())
  } catch (error) {
    // It says so where the machine has no such identity.
    if (!(error instanceof HttpError) || error.status !== 400) throw error
    throw new NoAzureCredentialsError(error.message, { cause: error })
  }
}

async function ask(ways: Ways, request: OneRequest, from: string): Promise<HttpResponse> {
  try {
    return await ways.sendLocal(request)
  } catch (error) {
    if (ways.signal.aborted) throw error
    throw new NoAzureCredentialsError(`${from}: ${reasonOf(error)}`, { cause: error })
  }
}

const local = { metadata: 'true' }

function serviceOf(env: Ways['env'], audience: string, client: string): Service {
  const endpoint = variable(env, 'IDENTITY_ENDPOINT')
  const header = variable(env, 'IDENTITY_HEADER')
  const arc = variable(env, 'IMDS_ENDPOINT')
  const old = variable(env, 'MSI_ENDPOINT')
  const secret = variable(env, 'MSI_SECRET')
  const to = (base: string, version: string): string =>
    withQuery(base, { 'api-version': version, resource: audience, client_id: client })
  if (endpoint !== '' && header !== '') {
    if (variable(env, 'IDENTITY_SERVER_THUMBPRINT') !== '') {
      throw new AzureCredentialsError(
        'managed identities of Service Fabric cannot be used: its server has a certificate of its own; use OAuth with a client secret',
      )
    }
    return {
      name: 'App Service',
      request: { url: to(endpoint, '2019-08-01'), headers: { 'x-identity-header': header } },
    }
  }
  if (endpoint !== '' && arc !== '') {
    if (client !== '') {
      throw new AzureCredentialsError(
        'client_id: a machine of Azure Arc has one managed identity; leave it out',
      )
    }
    return {
      name: 'Azure Arc',
      hasChallenge: true,
      request: { url: to(endpoint, '2019-11-01'), headers: local },
    }
  }
  if (old !== '' && secret !== '') {
    const query = { 'api-version': '2017-09-01', resource: audience, clientid: client }
    return {
      name: 'Azure Machine Learning',
      request: { url: withQuery(old, query), headers: { secret } },
    }
  }
  if (old !== '') {
    return {
      name: 'Cloud Shell',
      request: {
        url: old,
        method: 'POST',
        headers: { ...local, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ resource: audience }).toString(),
      },
    }
  }
  const url = 'http://169.254.169.254/metadata/identity/oauth2/token'
  return { name: 'instance metadata', request: { url: to(url, '2018-02-01'), headers: local } }
}

const arcFolder = '/var/opt/azcmagent/tokens'
const longestSecret = 4096

/** The secret in the file that Azure Arc names: only a file of its own, of which it is known how large it may be. */
async function challengeOf(answer: HttpResponse, from: string, ways: Ways): Promise<string> {
  const challenge = answer.header('www-authenticate') ?? ''
  const file = /^Basic realm="?([^"]+)"?$/i.exec(challenge.trim())?.[1] ?? ''
  if (path.posix.dirname(file) !== arcFolder || path.posix.extname(file) !== '.key') {
    throw new AzureCredentialsError(
      `${from}: ${redactUrl(answer.url)}: ${statusLine(answer)}, and the answer names no file in ${arcFolder}`,
    )
  }
  let secret: string
  try {
    secret = await ways.readFile(file)
  } catch (error) {
    if (ways.signal.aborted) throw error
    throw new AzureCredentialsError(
      `${from}: ${reasonOf(error)}: add the user that muster runs as to the group himds`,
      { cause: error },
    )
  }
  if (secret.length <= longestSecret) return secret
  throw new AzureCredentialsError(`${from}: ${file} is too large`)
}
