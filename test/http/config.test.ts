import { describe, expect, it } from 'vitest'
import { type HttpClientConfig, httpClientConfig } from '../../src/http/index.js'
import { decodeText, field, inline, struct, text } from '../../src/yaml/index.js'

const section = struct('http.plain', { name: field(text), http: inline(httpClientConfig) })

function read(yaml: string): {
  readonly config: HttpClientConfig
  readonly issues: readonly string[]
  readonly printed: unknown
} {
  const { value, issues } = decodeText(section, '/etc/muster/p.yml', yaml)
  return {
    config: value.http,
    issues: issues.map((i) => i.message),
    printed: issues.length === 0 ? section.encode(value) : undefined,
  }
}

const jwt = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const oauth = 'client_id: a, token_url: "http://t/"'

describe('httpClientConfig', () => {
  it('follows redirects and offers HTTP/2 unless told otherwise', () => {
    const { config, printed } = read('name: x\n')
    expect(config).toMatchObject({ follow_redirects: true, enable_http2: true })
    expect(printed).toEqual({ name: 'x', follow_redirects: true, enable_http2: true })
  })

  it('makes bearer_token the authorization it is, and prints it so', () => {
    const { config, printed } = read('bearer_token: pw\n')
    expect(config.bearer_token.isEmpty).toBe(true)
    expect(config.authorization?.type).toBe('Bearer')
    expect(config.authorization?.credentials.reveal()).toBe('pw')
    expect(printed).toMatchObject({ authorization: { type: 'Bearer', credentials: '<secret>' } })
    expect(printed).not.toHaveProperty('bearer_token')
  })

  it('resolves file paths from the folder of the config, except the one Prometheus forgot', () => {
    const { config } = read(
      `oauth2: {${oauth}, grant_type: "${jwt}", client_certificate_key_file: k.pem, tls_config: {ca_file: ca.pem}}\nhttp_headers: {x: {files: [h]}}\n`,
    )
    expect(config.oauth2?.client_certificate_key_file).toBe('k.pem')
    expect(config.oauth2?.tls_config.ca_file).toBe('/etc/muster/ca.pem')
    expect(config.http_headers['x']?.files).toEqual(['/etc/muster/h'])
  })

  it('masks the password of a proxy URL and the headers of a proxy when printed', () => {
    const { config, printed } = read(
      'proxy_url: http://u:pw@proxy:3128\nproxy_connect_header: {a: [s]}\n',
    )
    expect(config.proxy.proxy_url).toBe('http://u:pw@proxy:3128')
    expect(printed).toMatchObject({
      proxy_url: 'http://u:xxxxx@proxy:3128',
      proxy_connect_header: { a: ['<secret>'] },
    })
  })

  it('reads claims by how they look, and keeps them whole', () => {
    const { config } = read(`oauth2: {${oauth}, claims: {a: 1, b: [yes, x], c: {d: "1"}}}\n`)
    expect(config.oauth2?.claims).toEqual({ a: 1, b: [true, 'x'], c: { d: '1' } })
  })

  it('trims the type of an authorization', () => {
    const { config } = read('authorization: {type: " Token ", credentials: a}\n')
    expect(config.authorization?.type).toBe('Token')
  })

  const alone = 'at most one of basic_auth, oauth2 & authorization must be configured'
  it.each([
    [
      'bearer_token: a\nbearer_token_file: b',
      'at most one of bearer_token & bearer_token_file must be configured',
    ],
    [
      'bearer_token: a\nbasic_auth: {}',
      'at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured',
    ],
    [
      'basic_auth: {username: a, username_file: b}',
      'at most one of basic_auth username, username_file & username_ref must be configured',
    ],
    [
      'basic_auth: {password: a, password_ref: b}',
      'at most one of basic_auth password, password_file & password_ref must be configured',
    ],
    [
      'authorization: {}\nbearer_token: a',
      'authorization is not compatible with bearer_token & bearer_token_file',
    ],
    [
      'authorization: {credentials: a, credentials_file: b}',
      'at most one of authorization credentials & credentials_file must be configured',
    ],
    [
      'authorization: {type: " Basic"}',
      'authorization type cannot be set to "basic", use "basic_auth" instead',
    ],
    ['authorization: {}\nbasic_auth: {}', alone],
    ['oauth2: {}\nbasic_auth: {}', alone],
    ['oauth2: {}', 'oauth2 client_id must be configured'],
    ['oauth2: {client_id: a}', 'oauth2 token_url must be configured'],
    [
      `oauth2: {${oauth}, client_secret: a, client_secret_file: b}`,
      'at most one of oauth2 client_secret, client_secret_file & client_secret_ref must be configured using grant-type=client_credentials',
    ],
    [
      `oauth2: {${oauth}, grant_type: "${jwt}", client_certificate_key: a, client_certificate_key_ref: b}`,
      `at most one of oauth2 client_certificate_key, client_certificate_key_file & client_certificate_key_ref must be configured using grant-type=${jwt}`,
    ],
    [
      `oauth2: {${oauth}, grant_type: "${jwt}", signature_algorithm: ES256}`,
      'valid signature algorithms are RS256, RS384 and RS512',
    ],
    [
      'proxy_connect_header: {a: [b]}',
      'if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured',
    ],
    [
      'proxy_from_environment: true\nproxy_url: http://p',
      'if proxy_from_environment is configured, proxy_url must not be configured',
    ],
    [
      'proxy_from_environment: true\nno_proxy: a',
      'if proxy_from_environment is configured, no_proxy must not be configured',
    ],
    ['no_proxy: a', 'if no_proxy is configured, proxy_url must also be configured'],
    ['proxy_url: "http://a b/"', 'parse "http://a b/": invalid character " " in host name'],
    [
      'proxy_url: "http://u:geheim@h:x/"',
      'parse "http://u:xxxxx@h:x/": invalid port ":x" after host',
    ],
    [
      'http_headers: {authorization: {values: [a]}}',
      'setting header "Authorization" is not allowed',
    ],
    [
      'http_headers: {x-amz-content-sha256: {}}',
      'setting header "X-Amz-Content-Sha256" is not allowed',
    ],
    ['tls_config: {ca: a, ca_file: b}', 'at most one of ca, ca_file & ca_ref must be configured'],
    [
      'tls_config: {cert: a, cert_ref: b}',
      'at most one of cert, cert_file & cert_ref must be configured',
    ],
    ['tls_config: {key: a, key_file: b}', 'at most one of key and key_file must be configured'],
    [
      'tls_config: {cert: a}',
      'exactly one of key or key_file must be configured when a client certificate is configured',
    ],
    [
      'tls_config: {key_file: a}',
      'exactly one of cert or cert_file must be configured when a client key is configured',
    ],
    ['tls_config: {min_version: TLS9}', 'unknown TLS version: TLS9'],
    ['tls_config: {next_protos: []}', 'field next_protos not found in type config.plain'],
  ])('refuses %j', (yaml, message) => {
    expect(read(`${yaml}\n`).issues).toEqual([message])
  })
})
