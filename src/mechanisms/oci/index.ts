import { type HttpClientConfig, httpClientConfig, redactUrl, statusLine } from '../../http/index.js'
import { goQuote } from '../../go/quote.js'
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
  type Type,
} from '../../yaml/index.js'
import { formatDuration } from '../../go/model-duration.js'
import { readJsonOrNothing, type Refusal } from '../kit/api.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { always, pollKeys, requireKeys } from '../kit/section.js'
import { polled } from '../kit/polled.js'
import * as json from '../kit/shape.js'

/** The section of `oci_sd_configs`, as read. */
export interface OciConfig {
  /** `api_key` or `instance_principal`. */
  readonly auth: string
  readonly tenancy: string
  readonly user: string
  readonly fingerprint: string
  readonly key_file: string
  readonly key_passphrase: Secret
  readonly key_passphrase_file: string
  readonly region: string
  readonly compartments: readonly string[]
  /** Milliseconds. */
  readonly refresh_interval: number
  readonly port: number
  readonly http: HttpClientConfig
}

const requires = (key: string): string => `oci_sd: api_key auth requires ${key}`

function checkAuth(value: Omit<OciConfig, 'http' | 'port'>, at: Decoding): void {
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

const section: Type<OciConfig> = struct(
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

const errorBody = json.object({ code: json.text, message: json.text })

/** What Oracle says of a request that it refuses. */
const refusal: Refusal = (response) => {
  const { code, message } = readJsonOrNothing(errorBody, response)
  if (code === '') return undefined
  return `${redactUrl(response.url)}: ${statusLine(response)}: ${code}: ${message}`
}

/** `oci_sd_configs`: instances of Oracle Cloud Infrastructure. */
export const oci: MechanismFactory = (options) =>
  polled<OciConfig>({
    name: 'oci',
    section,
    // Each service has a host of its own.
    baseUrl: '',
    refusal: () => refusal,
    load: async () => (await import('./search.js')).searchFor(options),
  })(options)
