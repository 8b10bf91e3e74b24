import { basicValue } from '../basic.js'
import type { HttpClientConfig } from '../section/client.js'
import { HttpError } from '../errors.js'
import { wrapErrors, type SecretSource, secretSource } from '../secret-source.js'

/** Gives the value of the Authorization header; asked before every request. */
export interface Credentials {
  /**
   * The header's value.
   * @throws {HttpError} of kind `credentials` when a file cannot be read, or no token was given
   */
  authorization(signal?: AbortSignal): Promise<string>
  /** Frees what it holds. Safe to call twice. */
  close(): Promise<void>
}

async function fetch(
  what: string,
  source: SecretSource | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    return (await source?.read(signal)) ?? ''
  } catch (error) {
    if (signal?.aborted) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new HttpError('credentials', `${what}: ${reason}`, { cause: error })
  }
}

const nothingToClose = (): Promise<void> => Promise.resolve()

/**
 * The credentials of a client section; undefined where it has none. Secrets in files are read for every
 * request; a missing file fails the request, not the config.
 * @param tokens makes the token source of an `oauth2` section
 * @throws {HttpConfigError} for a secret reference
 */
export function createCredentials(
  config: HttpClientConfig,
  tokens: (oauth2: NonNullable<HttpClientConfig['oauth2']>) => Credentials,
): Credentials | undefined {
  const { authorization: auth, basic_auth: basic, oauth2 } = config
  if (auth !== undefined) {
    const source = wrapErrors('unable to use credentials', () =>
      secretSource(auth.credentials, auth.credentials_file, auth.credentials_ref),
    )
    return {
      close: nothingToClose,
      authorization: async (signal) =>
        `${auth.type} ${await fetch('unable to read authorization credentials', source, signal)}`,
    }
  }
  if (basic !== undefined) {
    const username = wrapErrors('unable to use username', () =>
      secretSource(basic.username, basic.username_file, basic.username_ref),
    )
    const password = wrapErrors('unable to use password', () =>
      secretSource(basic.password, basic.password_file, basic.password_ref),
    )
    return {
      close: nothingToClose,
      authorization: async (signal) =>
        basicValue(
          await fetch('unable to read basic auth username', username, signal),
          await fetch('unable to read basic auth password', password, signal),
        ),
    }
  }
  return oauth2 === undefined ? undefined : tokens(oauth2)
}
