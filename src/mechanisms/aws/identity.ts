import type { AwsKeys, Environment } from '../../http/index.js'
import { readRegular, secretLimit } from '../../go/read-file.js'
import { goQuote } from '../../go/quote.js'
import type { Secret } from '../../yaml/index.js'
import type { IssuedKeys } from './issued-keys.js'
import { containerKeys, hasContainerKeys, instanceKeys, instanceRegion } from './metadata.js'
import { processKeys } from './process-keys.js'
import { type Profile, Profiles } from './profiles.js'
import { assumeRole, assumeRoleByToken, type Role } from './sts.js'
import { AwsCredentialsError, reasonOf, variable, type Ways } from './ways.js'

/** What a section says of who asks. A text that is not given is empty. */
export interface AwsAccount {
  readonly region: string
  readonly access_key: string
  readonly secret_key: Secret
  readonly profile: string
  readonly role_arn: string
  readonly external_id: string
  /** Of `sigv4`, which has more. */
  readonly session_name?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly use_fips_sts_endpoint?: boolean
}

/** Keys are renewed when there is only so much left of them; milliseconds. */
const renewBeforeMs = 300_000
/** Keys that do not expire are looked up again after so long: their file may have changed. Milliseconds. */
const keepMs = 300_000
/** When renewing failed, and the keys are still good, it is tried again after this; milliseconds. */
const retryMs = 60_000

type State =
  | { readonly kind: 'none' }
  | { readonly kind: 'finding'; readonly keys: Promise<IssuedKeys> }
  | { readonly kind: 'kept'; readonly keys: IssuedKeys; readonly until: number }

const none: State = { kind: 'none' }

/**
 * Who asks AWS, and in which region: in the order of Amazon's SDK for Go, which Prometheus uses. Keys are kept
 * until shortly before they expire.
 */
export class AwsIdentity {
  readonly #account: AwsAccount
  #region: string | undefined
  #state: State = none

  constructor(account: AwsAccount) {
    this.#account = account
  }

  /**
   * The region: of the section, the environment, the shared files, or this EC2 instance.
   * @throws {AwsCredentialsError} where none of them names one
   */
  async region(ways: Ways): Promise<string> {
    return (this.#region ??= await this.#findRegion(ways))
  }

  async #findRegion(ways: Ways): Promise<string> {
    const { region, profile } = this.#account
    const named = region || variable(ways.env, 'AWS_REGION', 'AWS_DEFAULT_REGION')
    if (named !== '') return named
    try {
      const profiles = await Profiles.read(ways.env, ways.signal)
      const usual = usualProfile(profiles, ways.env)?.get('region') ?? ''
      const own = profile === '' ? '' : (profiles.require(profile).get('region') ?? '')
      return usual || own || (await instanceRegion(ways))
    } catch (error) {
      if (ways.signal.aborted) throw error
      throw new AwsCredentialsError(
        `could not determine AWS region: set region, or AWS_REGION (${reasonOf(error)})`,
        { cause: error },
      )
    }
  }

  /**
   * The keys to sign with.
   * @throws {AwsCredentialsError} where there are none
   */
  async keys(ways: Ways): Promise<AwsKeys> {
    const state = this.#state
    if (state.kind === 'finding') return state.keys
    if (state.kind === 'kept' && ways.now() < state.until) return state.keys
    const finding = this.#find(ways, state.kind === 'kept' ? state.keys : undefined)
    this.#state = { kind: 'finding', keys: finding }
    return finding
  }

  /** Forgets these keys, which AWS has refused. @returns whether looking again may find others */
  refused(keys: AwsKeys): boolean {
    const state = this.#state
    if (state.kind !== 'kept' || state.keys !== keys) return state.kind !== 'kept'
    this.#state = none
    const { access_key, role_arn } = this.#account
    return access_key === '' || role_arn !== ''
  }

  async #find(ways: Ways, before: IssuedKeys | undefined): Promise<IssuedKeys> {
    try {
      const keys = await this.#lookUp(ways)
      this.#state = { kind: 'kept', keys, until: goodUntil(keys, ways.now()) }
      return keys
    } catch (error) {
      const now = ways.now()
      if (before?.expiresAt !== undefined && now < before.expiresAt && !ways.signal.aborted) {
        const until = Math.min(before.expiresAt, now + retryMs)
        this.#state = { kind: 'kept', keys: before, until }
        return before
      }
      this.#state = none
      throw error
    }
  }

  async #lookUp(ways: Ways): Promise<IssuedKeys> {
    const { access_key, secret_key, role_arn, external_id } = this.#account
    const place = async (): Promise<Place> => ({
      region: await this.region(ways),
      fips: this.#account.use_fips_sts_endpoint ?? false,
    })
    const own =
      access_key !== '' && !secret_key.isEmpty
        ? lasting(access_key, secret_key.reveal(), '')
        : await defaultKeys(ways, this.#account.profile, place)
    if (role_arn === '') return own
    const role: Role = {
      arn: role_arn,
      externalId: external_id,
      sessionName: this.#account.session_name ?? '',
      duration: '',
      tags: this.#account.tags ?? {},
    }
    return assumeRole(ways, role, own, await place())
  }
}

/** Where STS is asked. */
interface Place {
  readonly region: string
  readonly fips: boolean
}
type FindPlace = () => Promise<Place>

function goodUntil({ expiresAt }: IssuedKeys, now: number): number {
  if (expiresAt === undefined) return now + keepMs
  return expiresAt - Math.min(renewBeforeMs, (expiresAt - now) / 4)
}

function lasting(accessKey: string, secretKey: string, token: string): IssuedKeys {
  return {
    accessKey,
    secretKey,
    sessionToken: token === '' ? undefined : token,
    expiresAt: undefined,
  }
}

/** The profile that counts where a section names none; undefined where it is not there. */
function usualProfile(profiles: Profiles, env: Environment): Profile | undefined {
  const named = variable(env, 'AWS_PROFILE', 'AWS_DEFAULT_PROFILE')
  return named === '' ? profiles.get('default') : profiles.require(named)
}

/** @param named the profile of the section; empty for none */
async function defaultKeys(ways: Ways, named: string, place: FindPlace): Promise<IssuedKeys> {
  const { env, signal } = ways
  if (named === '') {
    const found = environmentKeys(env)
    if (found !== undefined) return found
    const tokenFile = variable(env, 'AWS_WEB_IDENTITY_TOKEN_FILE')
    if (tokenFile !== '') {
      const role = roleOf({
        arn: variable(env, 'AWS_ROLE_ARN'),
        sessionName: variable(env, 'AWS_ROLE_SESSION_NAME'),
      })
      if (role.arn === '') {
        throw new AwsCredentialsError('AWS_WEB_IDENTITY_TOKEN_FILE is set: set AWS_ROLE_ARN, too')
      }
      return assumeRoleByToken(ways, role, await tokenIn(tokenFile, signal), await place())
    }
  }
  const profiles = await Profiles.read(env, signal)
  const profile = named === '' ? usualProfile(profiles, env) : profiles.require(named)
  const name = named || variable(env, 'AWS_PROFILE', 'AWS_DEFAULT_PROFILE') || 'default'
  return new ProfileKeys(ways, profiles, place).of(name, profile ?? new Map(), [])
}

function environmentKeys(env: Environment): IssuedKeys | undefined {
  const access = variable(env, 'AWS_ACCESS_KEY_ID', 'AWS_ACCESS_KEY')
  const secret = variable(env, 'AWS_SECRET_ACCESS_KEY', 'AWS_SECRET_KEY')
  if (access === '' || secret === '') return undefined
  return lasting(access, secret, variable(env, 'AWS_SESSION_TOKEN'))
}

function roleOf(given: Partial<Role> & Pick<Role, 'arn'>): Role {
  return { externalId: '', sessionName: '', duration: '', tags: {}, ...given }
}

async function tokenIn(file: string, signal: AbortSignal): Promise<string> {
  try {
    return (await readRegular(file, { limit: secretLimit, signal })).toString('utf8').trim()
  } catch (error) {
    if (signal.aborted) throw error
    throw new AwsCredentialsError(`unable to read the token: ${reasonOf(error)}`, { cause: error })
  }
}

/** The keys that a profile leads to. */
class ProfileKeys {
  readonly #ways: Ways
  readonly #profiles: Profiles
  readonly #place: FindPlace

  constructor(ways: Ways, profiles: Profiles, place: FindPlace) {
    this.#ways = ways
    this.#profiles = profiles
    this.#place = place
  }

  /** @param seen the profiles whose keys wait for those of this one */
  async of(name: string, profile: Profile, seen: readonly string[]): Promise<IssuedKeys> {
    const given = (key: string): string => profile.get(key) ?? ''
    const from = `profile ${goQuote(name)}`
    refuseUnknownWays(from, given)
    const role = roleOf({
      arn: given('role_arn'),
      externalId: given('external_id'),
      sessionName: given('role_session_name'),
      duration: given('duration_seconds'),
    })
    const tokenFile = given('web_identity_token_file')
    const hasOwn = given('aws_access_key_id') !== '' && given('aws_secret_access_key') !== ''
    if (tokenFile !== '' && given('source_profile') === '' && !hasOwn) {
      const token = await tokenIn(tokenFile, this.#ways.signal)
      return assumeRoleByToken(this.#ways, role, token, await this.#place())
    }
    const keys = await this.#sourceOf(name, profile, seen)
    return role.arn === '' ? keys : assumeRole(this.#ways, role, keys, await this.#place())
  }

  async #sourceOf(name: string, profile: Profile, seen: readonly string[]): Promise<IssuedKeys> {
    const given = (key: string): string => profile.get(key) ?? ''
    const access = given('aws_access_key_id')
    const secret = given('aws_secret_access_key')
    const source = given('source_profile')
    // A profile may be its own source: then it has keys.
    if (source !== '' && source !== name) {
      if (seen.includes(source)) {
        throw new AwsCredentialsError(`source_profile of profile ${goQuote(name)} leads back to it`)
      }
      return this.of(source, this.#profiles.require(source), [...seen, name])
    }
    if (access !== '' && secret !== '') return lasting(access, secret, given('aws_session_token'))
    const { env, signal } = this.#ways
    const credentialSource = given('credential_source')
    if (credentialSource !== '') return this.#namedSource(credentialSource, name)
    const command = given('credential_process')
    if (command !== '') return processKeys(command, `profile ${goQuote(name)}`, { env, signal })
    return this.#ofMachine()
  }

  async #namedSource(source: string, name: string): Promise<IssuedKeys> {
    switch (source) {
      case 'Environment': {
        const keys = environmentKeys(this.#ways.env)
        if (keys !== undefined) return keys
        throw new AwsCredentialsError(
          `profile ${goQuote(name)} takes keys of the environment: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
        )
      }
      case 'Ec2InstanceMetadata':
        return instanceKeys(this.#ways)
      case 'EcsContainer':
        return this.#ofContainer()
      default:
        throw new AwsCredentialsError(
          `credential_source of profile ${goQuote(name)} has to be Environment, Ec2InstanceMetadata or EcsContainer`,
        )
    }
  }

  async #ofMachine(): Promise<IssuedKeys> {
    if (hasContainerKeys(this.#ways)) return this.#ofContainer()
    try {
      return await instanceKeys(this.#ways)
    } catch (error) {
      if (this.#ways.signal.aborted) throw error
      throw new AwsCredentialsError(
        'no AWS keys: there are none in the config (access_key, secret_key), the environment ' +
          `(AWS_ACCESS_KEY_ID), the shared files (profile) or this machine's role (${reasonOf(error)})`,
        { cause: error },
      )
    }
  }

  #ofContainer(): Promise<IssuedKeys> {
    return containerKeys(this.#ways, (file) => tokenIn(file, this.#ways.signal))
  }
}

/** Refuses a profile whose keys need a person, with what to do about it. */
function refuseUnknownWays(from: string, given: (key: string) => string): void {
  const person = ['sso_session', 'sso_start_url', 'sso_account_id', 'login_session'].find(
    (key) => given(key) !== '',
  )
  if (person !== undefined) {
    throw new AwsCredentialsError(
      `${from} signs in with a browser (${person}), which muster cannot do: use a role, or give ` +
        'another profile `credential_process = aws configure export-credentials --profile NAME`',
    )
  }
  if (given('mfa_serial') !== '') {
    throw new AwsCredentialsError(
      `${from} asks for a code (mfa_serial), which muster cannot be given: use a role without it`,
    )
  }
}
