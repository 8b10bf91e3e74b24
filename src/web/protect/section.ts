import { parseGoDuration } from '../../go/duration.js'
import { tlsVersion, type TlsVersion } from '../../http/index.js'
import {
  bool,
  type Decoding,
  field,
  filePath,
  int,
  list,
  map,
  numberOf,
  optional,
  type Secret,
  secret,
  struct,
  type StructType,
  text,
  textual,
  type Type,
} from '../../yaml/index.js'
import { cipherNames, curveNames } from './algorithms.js'

/** `tls_server_config`. */
export interface TlsServerConfig {
  readonly cert: string
  readonly key: Secret
  readonly client_ca: string
  readonly cert_file: string
  readonly key_file: string
  readonly client_auth_type: string
  readonly client_ca_file: string
  readonly cipher_suites: readonly string[]
  readonly curve_preferences: readonly string[]
  readonly min_version: TlsVersion
  readonly max_version: TlsVersion
  readonly prefer_server_cipher_suites: boolean
  readonly client_allowed_sans: readonly string[] | undefined
}

/** The file of `--web.config.file`. */
export interface WebConfig {
  readonly tls_server_config: TlsServerConfig
  readonly http_server_config: {
    readonly http2: boolean
    readonly headers: Readonly<Record<string, string>>
  }
  readonly rate_limit: {
    readonly burst: number
    /** Milliseconds; 0 for no limit. */
    readonly interval: number
  }
  /** Names to bcrypt hashes. */
  readonly basic_auth_users: Readonly<Record<string, Secret>>
}

function oneOfNames(names: readonly string[], what: string): Type<string> {
  return textual(
    'string',
    () => '',
    (written) => {
      if (!names.includes(written)) throw new Error(`unknown ${what}: ${written}`)
      return written
    },
    (value) => value,
  )
}

/** Headers that may be set, with the values that some of them must have. */
const allowed: ReadonlyMap<string, readonly string[]> = new Map([
  ['Strict-Transport-Security', []],
  ['X-Content-Type-Options', ['nosniff']],
  ['X-Frame-Options', ['deny', 'sameorigin']],
  ['X-XSS-Protection', []],
  ['Content-Security-Policy', []],
])

function checkHeaders(headers: Readonly<Record<string, string>>, at: Decoding): void {
  for (const [name, value] of Object.entries(headers)) {
    const values = allowed.get(name)
    if (values === undefined) at.fail(`HTTP header ${JSON.stringify(name)} can not be configured`)
    else if (values.length > 0 && !values.includes(value)) {
      const expected = values.map((each) => JSON.stringify(each)).join(' ')
      at.fail(
        `invalid value for ${name}. Expected one of: [${expected}], but got: ${JSON.stringify(value)}`,
      )
    }
  }
}

const tlsServer: StructType<TlsServerConfig> = struct('web.TLSConfig', {
  cert: field(text),
  key: field(secret),
  client_ca: field(text),
  cert_file: field(filePath),
  key_file: field(filePath),
  client_auth_type: field(text),
  client_ca_file: field(filePath),
  cipher_suites: field(list(oneOfNames(cipherNames, 'cipher'))),
  curve_preferences: field(list(oneOfNames(curveNames, 'curve'))),
  min_version: field(tlsVersion, 'TLS12'),
  max_version: field(tlsVersion, 'TLS13'),
  prefer_server_cipher_suites: field(bool, true),
  client_allowed_sans: field(optional(list(text))),
})

const httpServer: StructType<WebConfig['http_server_config']> = struct(
  'web.HTTPConfig',
  { http2: field(bool, true), headers: field(map(text)) },
  ({ headers }, at) => {
    checkHeaders(headers, at)
  },
)

const writtenDuration: Type<number> = textual(
  'time.Duration',
  () => 0,
  parseGoDuration,
  (ms) => `${String(ms)}ms`,
)

/** Milliseconds, written as Go's time.Duration; a number, in any way that YAML knows, is nanoseconds. */
const goDuration: Type<number> = {
  ...writtenDuration,
  decode(node, at) {
    const isNumber = node.kind === 'scalar' && numberOf(node) !== undefined
    return isNumber ? int.decode(node, at) / 1e6 : writtenDuration.decode(node, at)
  },
}

const rateLimit: StructType<WebConfig['rate_limit']> = struct('web.RateLimiterConfig', {
  burst: field(int),
  interval: field(goDuration),
})

const sections: StructType<WebConfig> = struct('web.Config', {
  tls_server_config: field(tlsServer, tlsServer.defaults()),
  http_server_config: field(httpServer, httpServer.defaults()),
  rate_limit: field(rateLimit),
  basic_auth_users: field(map(secret)),
})

/**
 * How the file is read; certificates, client authentication and hashes are checked afterwards. An empty
 * file is all defaults.
 */
export const webConfig: Type<WebConfig> = { ...sections, zero: () => sections.defaults() }
