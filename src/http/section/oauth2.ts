import {
  anyValue,
  field,
  filePath,
  inline,
  list,
  map,
  type Plain,
  type Secret,
  secret,
  struct,
  type StructType,
  text,
  type Type,
} from '../../yaml/index.js'
import { redactUrl } from '../../go/url.js'
import { type ProxyConfig, proxyConfig } from './proxy.js'
import { countSet, type TlsConfig, tlsConfig } from './tls.js'

/** The grant of RFC 7523: the client signs an assertion instead of sending a secret. */
export const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** `oauth2`: where and how to get a token. */
export interface OAuth2 {
  readonly client_id: string
  readonly client_secret: Secret
  readonly client_secret_file: string
  readonly client_secret_ref: string
  readonly client_certificate_key_id: string
  readonly client_certificate_key: Secret
  readonly client_certificate_key_file: string
  readonly client_certificate_key_ref: string
  /** Empty means `client_credentials`. */
  readonly grant_type: string
  readonly signature_algorithm: string
  readonly iss: string
  readonly audience: string
  readonly claims: Readonly<Record<string, Plain>>
  readonly scopes: readonly string[]
  readonly token_url: string
  readonly endpoint_params: Readonly<Record<string, string>>
  readonly tls_config: TlsConfig
  readonly proxy: ProxyConfig
}

/** What is wrong with an `oauth2` section by itself; undefined when it is well. */
export function faultOfOAuth2(value: OAuth2): string | undefined {
  if (value.client_id === '') return 'oauth2 client_id must be configured'
  if (value.token_url === '') return 'oauth2 token_url must be configured'
  if (value.grant_type === jwtBearer) {
    const { client_certificate_key, client_certificate_key_file, client_certificate_key_ref } =
      value
    if (
      countSet(client_certificate_key, client_certificate_key_file, client_certificate_key_ref) > 1
    ) {
      return `at most one of oauth2 client_certificate_key, client_certificate_key_file & client_certificate_key_ref must be configured using grant-type=${jwtBearer}`
    }
    if (!['', 'RS256', 'RS384', 'RS512'].includes(value.signature_algorithm)) {
      return 'valid signature algorithms are RS256, RS384 and RS512'
    }
  } else if (countSet(value.client_secret, value.client_secret_file, value.client_secret_ref) > 1) {
    return 'at most one of oauth2 client_secret, client_secret_file & client_secret_ref must be configured using grant-type=client_credentials'
  }
  return undefined
}

// Upstream prints a password in it.
const tokenUrl: Type<string> = {
  ...text,
  encode: (value, secrets) => (secrets === 'revealed' ? value : redactUrl(value)),
}

/** The `oauth2` section; the HTTP client section around it checks it in its turn. */
export const oauth2: StructType<OAuth2> = struct('config.plain', {
  client_id: field(text, '', { always: true }),
  client_secret: field(secret),
  client_secret_file: field(filePath),
  client_secret_ref: field(text),
  client_certificate_key_id: field(text),
  client_certificate_key: field(secret),
  // Not a filePath: Prometheus resolves this one from its working directory.
  client_certificate_key_file: field(text),
  client_certificate_key_ref: field(text),
  grant_type: field(text),
  signature_algorithm: field(text),
  iss: field(text),
  audience: field(text),
  claims: field(map(anyValue)),
  scopes: field(list(text)),
  token_url: field(tokenUrl, '', { always: true }),
  endpoint_params: field(map(text)),
  tls_config: field(tlsConfig),
  proxy: inline(proxyConfig),
})
