import path from 'node:path'
import type { Environment } from '../../http/index.js'
import { readRegular, secretLimit } from '../../go/read-file.js'
import { goQuote } from '../../go/quote.js'
import { AwsCredentialsError, reasonOf, variable } from './ways.js'

/** What the shared files say of one profile: `region`, `role_arn`, ... */
export type Profile = ReadonlyMap<string, string>

/**
 * The profiles of the shared files, `~/.aws/config` and `~/.aws/credentials`; the second counts where both have
 * a key. https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export class Profiles {
  readonly #profiles: ReadonlyMap<string, Profile>
  readonly #files: string

  private constructor(profiles: ReadonlyMap<string, Profile>, files: string) {
    this.#profiles = profiles
    this.#files = files
  }

  /** Reads the files. One that is not there has no profiles. @throws {AwsCredentialsError} where one cannot be read */
  static async read(env: Environment, signal: AbortSignal): Promise<Profiles> {
    const home = variable(env, 'HOME', 'USERPROFILE')
    const config = variable(env, 'AWS_CONFIG_FILE') || inHome(home, 'config')
    const credentials = variable(env, 'AWS_SHARED_CREDENTIALS_FILE') || inHome(home, 'credentials')
    const profiles = new Map<string, Map<string, string>>()
    for (const [file, isConfig] of [
      [config, true],
      [credentials, false],
    ] as const) {
      if (file !== '') addProfiles(profiles, await textOf(file, signal), isConfig)
    }
    return new Profiles(profiles, [config, credentials].filter((file) => file !== '').join(' and '))
  }

  /** One of them; undefined where it is in neither file. */
  get(name: string): Profile | undefined {
    return this.#profiles.get(name)
  }

  /** One that a config names. @throws {AwsCredentialsError} where it is in neither file */
  require(name: string): Profile {
    const found = this.#profiles.get(name)
    if (found !== undefined) return found
    throw new AwsCredentialsError(
      `AWS profile ${goQuote(name)} is not in ${this.#files === '' ? 'any file: HOME is not set' : this.#files}`,
    )
  }
}

function inHome(home: string, name: string): string {
  return home === '' ? '' : path.join(home, '.aws', name)
}

async function textOf(file: string, signal: AbortSignal): Promise<string> {
  try {
    return (await readRegular(file, { limit: secretLimit, signal })).toString('utf8')
  } catch (error) {
    if (signal.aborted) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw new AwsCredentialsError(`unable to read ${file}: ${reasonOf(error)}`, { cause: error })
  }
}

/** Adds what one file says. In the config file all profiles but `default` have a word before their names. */
function addProfiles(
  profiles: Map<string, Map<string, string>>,
  text: string,
  isConfig: boolean,
): void {
  let profile: Map<string, string> | undefined
  for (const line of text.split(/\r?\n/)) {
    // An indented line belongs to the key above it, which is none of those that count here.
    if (/^(?:\s|[#;]|$)/.test(line)) continue
    const section = /^\[\s*(.*?)\s*\]/.exec(line)?.[1]
    if (section !== undefined) {
      const name = nameOf(section, isConfig)
      profile = name === undefined ? undefined : (profiles.get(name) ?? new Map<string, string>())
      if (name !== undefined && profile !== undefined) profiles.set(name, profile)
      continue
    }
    const [, key = '', value = ''] = /^([^=]*?)\s*=\s*(.*)$/.exec(line) ?? []
    if (key !== '') profile?.set(key.toLowerCase(), value.replace(/\s+[#;].*$/, '').trim())
  }
}

function nameOf(section: string, isConfig: boolean): string | undefined {
  const [, word = ''] = /^(profile)\s/.exec(section) ?? []
  const name = section
    .slice(word.length)
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2')
  if (!isConfig) return word === '' ? name : undefined
  return word !== '' || name === 'default' ? name : undefined
}
