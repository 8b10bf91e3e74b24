import { type HttpClientConfig, httpClientConfig } from '../../http/index.js'
import {
  bool,
  type Decoding,
  duration,
  field,
  inline,
  list,
  map,
  Secret,
  secret,
  struct,
  type StructType,
  text,
} from '../../yaml/index.js'
import { always, maskedUrl, second } from '../kit/section.js'

/** One element of `consul_sd_configs`, as read and checked. */
export interface ConsulConfig {
  /** `host:port`, or with `http://`, `https://` or `unix://` before it. */
  readonly server: string
  readonly path_prefix: string
  readonly token: Secret
  readonly datacenter: string
  readonly namespace: string
  readonly partition: string
  readonly tag_separator: string
  readonly scheme: string
  /** Empty once read: `username` and `password` become `http.basic_auth`. */
  readonly username: string
  readonly password: Secret
  readonly allow_stale: boolean
  /** Milliseconds. */
  readonly refresh_interval: number
  readonly services: readonly string[]
  readonly tags: readonly string[]
  readonly node_meta: Readonly<Record<string, string>>
  readonly filter: string
  readonly health_filter: string
  readonly http: HttpClientConfig
}

function check(value: ConsulConfig, at: Decoding, has: (key: string) => boolean): void {
  const { http } = value
  if (value.server.trim() === '') {
    at.failKey('server', 'consul SD configuration requires a server address')
    return
  }
  if (value.username !== '' || !value.password.isEmpty) {
    const key = value.username === '' ? 'password' : 'username'
    if (http.basic_auth !== undefined) {
      at.failKey(
        key,
        'at most one of consul SD configuration username and password and basic auth can be configured',
      )
      return
    }
    if (has('bearer_token') || has('bearer_token_file')) {
      at.failKey(
        key,
        'at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured',
      )
      return
    }
    if (http.authorization !== undefined || http.oauth2 !== undefined) {
      at.failKey(key, 'at most one of basic_auth, oauth2 & authorization must be configured')
      return
    }
  }
  // The deprecated bearer_token beside a token is let through, as Prometheus does.
  if (!value.token.isEmpty && (has('authorization') || http.oauth2 !== undefined)) {
    at.failKey(
      'token',
      'at most one of consul SD token, authorization, or oauth2 can be configured',
    )
  }
}

/** `username` and `password` are an older way to write `basic_auth`. */
function withBasicAuth(value: ConsulConfig): ConsulConfig {
  const { username, password, http } = value
  if ((username === '' && password.isEmpty) || http.basic_auth !== undefined) return value
  const basic_auth = {
    username,
    username_file: '',
    username_ref: '',
    password,
    password_file: '',
    password_ref: '',
  }
  return { ...value, username: '', password: new Secret(''), http: { ...http, basic_auth } }
}

const read: StructType<ConsulConfig> = struct(
  'consul.SDConfig',
  {
    server: field(maskedUrl, 'localhost:8500'),
    path_prefix: field(text),
    token: field(secret),
    datacenter: field(text),
    namespace: field(text),
    partition: field(text),
    tag_separator: field(text, ','),
    scheme: field(text, 'http'),
    username: field(text),
    password: field(secret),
    allow_stale: field(bool, true, always),
    refresh_interval: field(duration, 30 * second),
    services: field(list(text)),
    tags: field(list(text)),
    node_meta: field(map(text)),
    filter: field(text),
    health_filter: field(text),
    http: inline(httpClientConfig),
  },
  check,
)

/** How one element of `consul_sd_configs` is read, checked and printed. */
export const consulSection: StructType<ConsulConfig> = {
  ...read,
  decode: (node, at) => withBasicAuth(read.decode(node, at)),
  decodeEntries: (entries, at) => withBasicAuth(read.decodeEntries(entries, at)),
}
