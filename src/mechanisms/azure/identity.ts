import { goQuote } from '../../go/quote.js'
import { reasonOf, variable } from '../kit/surroundings.js'
import type { AzureCloud } from './cloud.js'
import { commandLineToken } from './command-line.js'
import { managedIdentityToken } from './managed-identity.js'
import type { AzureConfig } from './section.js'
import {
  type Application,
  certificateIn,
  signInByAssertion,
  signInByCertificate,
  signInBySecret,
} from './sign-in.js'
import { AzureCredentialsError, NoAzureCredentialsError, type Token, type Ways } from './ways.js'

/** What a section says of who asks. */
export type AzureAccount = Pick<
  AzureConfig,
  'authentication_method' | 'tenant_id' | 'client_id' | 'client_secret'
>

/** A token is renewed when there is only so much left of it; milliseconds. */
const renewBeforeMs = 300_000
/** When renewing failed, and the token is still good, it is tried again after this; milliseconds. */
const retryMs = 60_000

type State =
  | { readonly kind: 'none' }
  | { readonly kind: 'finding'; readonly token: Promise<Token> }
  | { readonly kind: 'kept'; readonly token: Token; readonly until: number }

const none: State = { kind: 'none' }

/** Who asks Azure. A token is kept until shortly before it expires. */
export class AzureIdentity {
  readonly #account: AzureAccount
  readonly #cloud: AzureCloud
  #state: State = none

  constructor(account: AzureAccount, cloud: AzureCloud) {
    this.#account = account
    this.#cloud = cloud
  }

  /**
   * The token to ask with.
   * @throws {AzureCredentialsError} where there are no credentials
   * @throws {HttpError} where they are refused
   */
  async token(ways: Ways): Promise<Token> {
    const state = this.#state
    if (state.kind === 'finding') return state.token
    if (state.kind === 'kept' && ways.now() < state.until) return state.token
    const finding = this.#find(ways, state.kind === 'kept' ? state.token : undefined)
    this.#state = { kind: 'finding', token: finding }
    return finding
  }

  /** Forgets this token, which Azure has refused. */
  refused(token: Token): void {
    if (this.#state.kind === 'kept' && this.#state.token === token) this.#state = none
  }

  async #find(ways: Ways, before: Token | undefined): Promise<Token> {
    try {
      const token = await this.#lookUp(ways)
      const leftMs = token.expiresAt - ways.now()
      const until = token.expiresAt - Math.min(renewBeforeMs, leftMs / 4)
      this.#state = { kind: 'kept', token, until }
      return token
    } catch (error) {
      const now = ways.now()
      if (before !== undefined && now < before.expiresAt && !ways.signal.aborted) {
        const until = Math.min(before.expiresAt, now + retryMs)
        this.#state = { kind: 'kept', token: before, until }
        return before
      }
      this.#state = none
      throw error
    }
  }

  #lookUp(ways: Ways): Promise<Token> {
    const { authentication_method, tenant_id, client_id, client_secret } = this.#account
    switch (authentication_method) {
      case 'ManagedIdentity':
        return managedIdentityToken(ways, this.#cloud.audience, client_id)
      case 'WorkloadIdentity':
        return workloadToken(ways, this.#cloud, tenant_id, client_id)
      case 'SDK':
        return sdkToken(ways, this.#cloud, tenant_id)
      default:
        return signInBySecret(
          ways,
          { ...this.#cloud, tenant: tenant_id, client: client_id },
          client_secret.reveal(),
        )
    }
  }
}

/**
 * The identity of a pod, as the webhook of Azure Workload Identity puts it into the environment.
 * https://azure.github.io/azure-workload-identity/docs/
 * @param tenant that of the section; empty for that of the environment, and so is `client`
 */
async function workloadToken(
  ways: Ways,
  cloud: AzureCloud,
  tenant: string,
  client: string,
): Promise<Token> {
  const { env } = ways
  const file = variable(env, 'AZURE_FEDERATED_TOKEN_FILE')
  const application: Application = {
    ...cloud,
    tenant: tenant || variable(env, 'AZURE_TENANT_ID'),
    client: client || variable(env, 'AZURE_CLIENT_ID'),
  }
  const missing = missingOf([
    ['AZURE_FEDERATED_TOKEN_FILE', file],
    ['AZURE_TENANT_ID', application.tenant],
    ['AZURE_CLIENT_ID', application.client],
  ])
  if (missing !== '') throw new NoAzureCredentialsError(`workload identity: set ${missing}`)
  return signInByAssertion(ways, application, await contentOf(file, ways))
}

/** The application that the environment names, with a secret or a certificate. */
async function environmentToken(ways: Ways, cloud: AzureCloud): Promise<Token> {
  const { env } = ways
  const tenant = variable(env, 'AZURE_TENANT_ID')
  const client = variable(env, 'AZURE_CLIENT_ID')
  const missing = missingOf([
    ['AZURE_TENANT_ID', tenant],
    ['AZURE_CLIENT_ID', client],
  ])
  if (missing !== '') throw new NoAzureCredentialsError(`environment: set ${missing}`)
  const application: Application = { ...cloud, tenant, client }
  const secret = variable(env, 'AZURE_CLIENT_SECRET')
  if (secret !== '') return signInBySecret(ways, application, secret)
  const file = variable(env, 'AZURE_CLIENT_CERTIFICATE_PATH')
  if (file !== '') {
    const password = variable(env, 'AZURE_CLIENT_CERTIFICATE_PASSWORD')
    const sendsChain = /^(?:1|true)$/i.test(variable(env, 'AZURE_CLIENT_SEND_CERTIFICATE_CHAIN'))
    const certificate = certificateIn(await contentOf(file, ways), file, password)
    return signInByCertificate(ways, application, { ...certificate, sendsChain })
  }
  if (variable(env, 'AZURE_USERNAME') !== '') {
    throw new AzureCredentialsError(
      'environment: AZURE_USERNAME and AZURE_PASSWORD are the sign-in of a person, which muster cannot do: set AZURE_CLIENT_SECRET',
    )
  }
  throw new NoAzureCredentialsError(
    'environment: set AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH',
  )
}

/** A source of credentials, with the name that the SDKs of Azure give it. */
interface Source {
  readonly name: string
  readonly kind: 'prod' | 'dev'
  readonly find: () => Promise<Token>
}

/**
 * The first credentials that there are, in the order of `DefaultAzureCredential` of Azure's SDK for Go.
 * https://learn.microsoft.com/azure/developer/go/sdk/authentication/credential-chains
 */
async function sdkToken(ways: Ways, cloud: AzureCloud, tenant: string): Promise<Token> {
  const { env } = ways
  const client = variable(env, 'AZURE_CLIENT_ID')
  const sources: readonly Source[] = [
    { name: 'EnvironmentCredential', kind: 'prod', find: () => environmentToken(ways, cloud) },
    {
      name: 'WorkloadIdentityCredential',
      kind: 'prod',
      find: () => workloadToken(ways, cloud, tenant, ''),
    },
    {
      name: 'ManagedIdentityCredential',
      kind: 'prod',
      find: () => managedIdentityToken(ways, cloud.audience, client),
    },
    {
      name: 'AzureCLICredential',
      kind: 'dev',
      find: () => commandLineToken(ways, cloud.audience, tenant),
    },
  ]
  const reasons: string[] = []
  for (const { name, find } of wanted(sources, variable(env, 'AZURE_TOKEN_CREDENTIALS'))) {
    try {
      return await find()
    } catch (error) {
      if (!(error instanceof NoAzureCredentialsError)) throw error
      reasons.push(`${name}: ${error.message}`)
    }
  }
  throw new AzureCredentialsError(`no credentials for Azure: ${reasons.join('; ')}`)
}

/** @param named one source, or `prod` or `dev`; empty for all of them */
function wanted(sources: readonly Source[], named: string): readonly Source[] {
  const name = named.trim().toLowerCase()
  if (name === '') return sources
  const some = sources.filter((one) => one.kind === name || one.name.toLowerCase() === name)
  if (some.length > 0) return some
  const known = ['prod', 'dev', ...sources.map((one) => one.name)].join(', ')
  throw new AzureCredentialsError(
    `AZURE_TOKEN_CREDENTIALS: muster does not know ${goQuote(named)}: use one of ${known}`,
  )
}

function missingOf(given: readonly (readonly [name: string, value: string])[]): string {
  return given
    .filter(([, value]) => value === '')
    .map(([name]) => name)
    .join(' and ')
}

async function contentOf(file: string, ways: Ways): Promise<string> {
  try {
    return (await ways.readFile(file)).trim()
  } catch (error) {
    if (ways.signal.aborted) throw error
    throw new AzureCredentialsError(`unable to read ${file}: ${reasonOf(error)}`, { cause: error })
  }
}
