import { type Environment, HttpError } from '../../http/index.js'
import type { Api } from '../kit/api.js'
import { googleUniverse } from './api.js'
import { fileCredentials, universeOf } from './credentials-file.js'
import {
  machineToken,
  selfSignedToken,
  serviceAccountToken,
  type Token,
  userToken,
} from './tokens.js'

/** What requests are made with. */
export interface Access {
  readonly headers: Readonly<Record<string, string>>
  /** The domain below which the APIs are. */
  readonly universe: string
}

/** What an identity may use of the outside. */
export interface IdentityOptions {
  readonly env: Environment
  readonly userAgent: string
  /** Unix milliseconds: assertions have the time in them. */
  readonly now: () => number
}

/** A new access. */
interface Issued extends Access {
  /** How long its token is good; milliseconds. */
  readonly validMs: number
}

type State =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'kept'
      readonly access: Access
      /** When the token is renewed, and when it expires: on the clock of `Api.now`. */
      readonly renewAt: number
      readonly expiresAt: number
    }

const none: State = { kind: 'none' }

/** A metadata server gives the same token until there are five minutes left of it, so this has to be less. */
const renewBeforeMs = 225_000
/** When renewing failed, and the token is still good, it is tried again after this; milliseconds. */
const retryMs = 60_000

/**
 * Who asks Google: by the application default credentials, as Prometheus does. Tokens are kept from poll to poll,
 * until shortly before they expire; then the credentials are looked up again.
 */
export class GoogleIdentity {
  readonly #options: IdentityOptions
  #state: State = none

  constructor(options: IdentityOptions) {
    this.#options = options
  }

  /**
   * Works with a token. Work that a kept token is refused for (401) begins again with a new one.
   * @throws {GoogleCredentialsError} where there are no credentials
   * @throws {HttpError} where there is no token for them
   */
  async use<T>(api: Api, work: (access: Access) => Promise<T>): Promise<T> {
    const before = this.#state
    const access = await this.#access(api)
    try {
      return await work(access)
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 401) throw error
      this.#state = none
      if (before.kind === 'none' || before.access !== access) throw error
      return await work(await this.#access(api))
    }
  }

  async #access(api: Api): Promise<Access> {
    const state = this.#state
    const askedAt = api.now()
    if (state.kind === 'kept' && askedAt < state.renewAt) return state.access
    try {
      const { validMs, ...access } = await this.#issue(api)
      this.#state = {
        kind: 'kept',
        access,
        renewAt: askedAt + validMs - Math.min(renewBeforeMs, validMs / 4),
        expiresAt: askedAt + validMs,
      }
      return access
    } catch (error) {
      if (state.kind === 'none' || askedAt >= state.expiresAt || api.signal.aborted) {
        this.#state = none
        throw error
      }
      this.#state = { ...state, renewAt: Math.min(state.expiresAt, askedAt + retryMs) }
      return state.access
    }
  }

  async #issue(api: Api): Promise<Issued> {
    const { env, now } = this.#options
    const found = await fileCredentials(env, api.signal)
    if (found === undefined) {
      return issued(await machineToken(api, this.#options), universeOf('', env))
    }
    const { universe } = found
    if (found.kind === 'authorized_user') {
      const { quotaProject } = found
      return issued(
        await userToken(api, found),
        universe,
        quotaProject === '' ? {} : { 'x-goog-user-project': quotaProject },
      )
    }
    const token =
      universe === googleUniverse
        ? await serviceAccountToken(api, found, now())
        : selfSignedToken(found, now())
    return issued(token, universe)
  }
}

function issued(
  { value, validMs }: Token,
  universe: string,
  headers: Readonly<Record<string, string>> = {},
): Issued {
  return { headers: { authorization: `Bearer ${value}`, ...headers }, universe, validMs }
}
