import {
  bool,
  type Decoding,
  field,
  filePath,
  inline,
  optional,
  Secret,
  secret,
  struct,
  type StructType,
} from '../../yaml/index.js'
import { type Authorization, authorization, type BasicAuth, basicAuth } from './auth.js'
import { checkHeaders, type HeaderValues, httpHeaders } from './headers.js'
import { faultOfOAuth2, type OAuth2, oauth2 } from './oauth2.js'
import { checkProxy, type ProxyConfig, proxyConfig } from './proxy.js'
import { countSet, type TlsConfig, tlsConfig } from './tls.js'

/** An HTTP client section (`HTTPClientConfig` of prometheus/common), as read and checked. */
export interface HttpClientConfig {
  readonly basic_auth: BasicAuth | undefined
  readonly authorization: Authorization | undefined
  readonly oauth2: OAuth2 | undefined
  /** Always empty once read: the deprecated keys become `authorization`. */
  readonly bearer_token: Secret
  readonly bearer_token_file: string
  readonly tls_config: TlsConfig
  readonly follow_redirects: boolean
  readonly enable_http2: boolean
  readonly proxy: ProxyConfig
  readonly http_headers: Readonly<Record<string, HeaderValues>>
}

const alone = 'at most one of basic_auth, oauth2 & authorization must be configured'

/** The first thing that is wrong with the credentials, as the key it is about and the message. */
function faultOfAuth(value: HttpClientConfig): readonly [key: string, message: string] | undefined {
  const { basic_auth: basic, authorization: auth, oauth2: oauth, bearer_token_file } = value
  const bearer = countSet(value.bearer_token, bearer_token_file)
  const bearerKey = bearer_token_file === '' ? 'bearer_token' : 'bearer_token_file'
  if (bearer > 1) {
    return [bearerKey, 'at most one of bearer_token & bearer_token_file must be configured']
  }
  if (bearer > 0 && (basic !== undefined || oauth !== undefined)) {
    return [
      bearerKey,
      'at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured',
    ]
  }
  if (basic && countSet(basic.username, basic.username_file, basic.username_ref) > 1) {
    return [
      'basic_auth',
      'at most one of basic_auth username, username_file & username_ref must be configured',
    ]
  }
  if (basic && countSet(basic.password, basic.password_file, basic.password_ref) > 1) {
    return [
      'basic_auth',
      'at most one of basic_auth password, password_file & password_ref must be configured',
    ]
  }
  if (auth) {
    const fault = faultOfAuthorization(auth, bearer > 0)
    if (fault !== undefined) return ['authorization', fault]
    if (basic ?? oauth) return ['authorization', alone]
  }
  if (!oauth) return undefined
  if (basic) return ['oauth2', alone]
  const fault = faultOfOAuth2(oauth)
  return fault === undefined ? undefined : ['oauth2', fault]
}

function faultOfAuthorization(auth: Authorization, withBearer: boolean): string | undefined {
  if (withBearer) return 'authorization is not compatible with bearer_token & bearer_token_file'
  if (countSet(auth.credentials, auth.credentials_file, auth.credentials_ref) > 1) {
    return 'at most one of authorization credentials & credentials_file must be configured'
  }
  if (auth.type.trim().toLowerCase() === 'basic') {
    return 'authorization type cannot be set to "basic", use "basic_auth" instead'
  }
  return undefined
}

function check(value: HttpClientConfig, at: Decoding): void {
  const fault = faultOfAuth(value)
  if (fault !== undefined) {
    at.failKey(...fault)
    return
  }
  const before = at.issues.length
  checkProxy(value.proxy, at)
  if (at.issues.length === before) checkHeaders(value.http_headers, at)
}

/** Gives `authorization` its type, and the deprecated bearer keys their place in it. */
function settle(value: HttpClientConfig): HttpClientConfig {
  const { authorization: auth, bearer_token, bearer_token_file } = value
  if (auth !== undefined) {
    const type = auth.type.trim()
    return { ...value, authorization: { ...auth, type: type === '' ? 'Bearer' : type } }
  }
  if (bearer_token.isEmpty && bearer_token_file === '') return value
  return {
    ...value,
    bearer_token: new Secret(''),
    bearer_token_file: '',
    authorization: {
      type: 'Bearer',
      credentials: bearer_token,
      credentials_file: bearer_token_file,
      credentials_ref: '',
    },
  }
}

const read: StructType<HttpClientConfig> = struct(
  'config.HTTPClientConfig',
  {
    basic_auth: field(optional(basicAuth)),
    authorization: field(optional(authorization)),
    oauth2: field(optional(oauth2)),
    bearer_token: field(secret),
    bearer_token_file: field(filePath),
    tls_config: field(tlsConfig),
    follow_redirects: field(bool, true, { always: true }),
    enable_http2: field(bool, true, { always: true }),
    proxy: inline(proxyConfig),
    http_headers: field(httpHeaders),
  },
  check,
)

/**
 * The keys of an HTTP client, for `inline(httpClientConfig)` in any section that has them. They are
 * checked as the section is read, in Prometheus' order and words; one fault is reported a section.
 */
export const httpClientConfig: StructType<HttpClientConfig> = {
  ...read,
  decode: (node, at) => settle(read.decode(node, at)),
  decodeEntries: (entries, at) => settle(read.decodeEntries(entries, at)),
}

/** What a section without any of these keys has: redirects followed, HTTP/2 offered, no credentials. */
export function defaultHttpClientConfig(): HttpClientConfig {
  return httpClientConfig.defaults()
}

type Switches = Pick<HttpClientConfig, 'follow_redirects' | 'enable_http2'>

/** The HTTP client keys for a section in which those two are not on by default. */
export function httpClientConfigWith(initial: Partial<Switches>): StructType<HttpClientConfig> {
  return {
    ...httpClientConfig,
    defaults: () => ({ ...httpClientConfig.defaults(), ...initial }),
    decodeEntries(entries, at) {
      const given = new Set(entries.map((entry) => entry.key.text))
      const kept = Object.entries(initial).filter(([key]) => !given.has(key))
      return { ...httpClientConfig.decodeEntries(entries, at), ...Object.fromEntries(kept) }
    },
  }
}
