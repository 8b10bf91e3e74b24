import { httpClientConfig } from '../http/index.js'
import { goQuote } from '../go/quote.js'
import {
  type Decoding,
  field,
  filePath,
  inline,
  list,
  type Secret,
  secret,
  struct,
  text,
} from '../yaml/index.js'
import { formatDuration } from '../go/model-duration.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { always, pollKeys, requireKeys } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

interface Oci {
  readonly auth: string
  readonly tenancy: string
  readonly user: string
  readonly fingerprint: string
  readonly key_file: string
  readonly key_passphrase: Secret
  readonly key_passphrase_file: string
  readonly region: string
  readonly compartments: readonly string[]
  readonly refresh_interval: number
}

const requires = (key: string): string => `oci_sd: api_key auth requires ${key}`

function checkAuth(value: Oci, at: Decoding): void {
  const { auth, tenancy, user, fingerprint, key_file, key_passphrase_file } = value
  const passphrase = !value.key_passphrase.isEmpty
  if (auth === 'api_key') {
    requireKeys(value, at, {
      tenancy: requires('tenancy'),
      user: requires('user'),
      fingerprint: requires('fingerprint'),
      key_file: requires('key_file'),
    })
    if (passphrase && key_passphrase_file !== '') {
      at.failKey(
        'key_passphrase_file',
        'oci_sd: at most one of key_passphrase and key_passphrase_file must be configured',
      )
    }
  } else if (auth !== 'instance_principal') {
    const message = `oci_sd: unknown auth method ${goQuote(auth)}, expected "api_key" or "instance_principal"`
    at.failKey('auth', message)
  } else if (
    passphrase ||
    [tenancy, user, fingerprint, key_file, key_passphrase_file].some(Boolean)
  ) {
    at.fail(
      'oci_sd: instance_principal auth must not have tenancy, user, fingerprint, key_file, key_passphrase, or key_passphrase_file set',
    )
  }
}

const section = struct(
  'oci.plain',
  {
    auth: field(text, 'api_key'),
    tenancy: field(text),
    user: field(text),
    fingerprint: field(text),
    key_file: field(filePath),
    key_passphrase: field(secret),
    key_passphrase_file: field(filePath),
    region: field(text, '', always),
    compartments: field(list(text)),
    ...pollKeys,
    http: inline(httpClientConfig),
  },
  (value, at) => {
    requireKeys(value, at, { region: 'oci_sd: region is required' })
    checkAuth(value, at)
    const empty = value.compartments.indexOf('')
    if (empty >= 0) {
      at.failKey('compartments', `oci_sd: compartments[${String(empty)}] must not be empty`)
    }
    if (value.refresh_interval > 0) return
    const shown = formatDuration(value.refresh_interval)
    at.failKey('refresh_interval', `oci_sd: refresh_interval must be positive, got ${shown}`)
  },
)

/** `oci_sd_configs`: instances of Oracle Cloud Infrastructure. */
export const oci: MechanismFactory = unbuilt({ name: 'oci', section })
