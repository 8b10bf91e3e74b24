import { Buffer } from 'node:buffer'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkWebConfig, webConfigFile } from '../../../src/web/protect/config-file.js'
import { silentLogger } from '../../../src/telemetry/index.js'
import { checkUsers } from '../../../src/web/protect/users.js'
import { pkiFile } from '../../helpers/pki/index.js'
import { folder } from '../../http/harness.js'

function fileOf(yaml: string): string {
  return path.join(folder({ 'web.yml': yaml }), 'web.yml')
}

const pair = `cert_file: ${pkiFile('server1.pem')}\n  key_file: ${pkiFile('server1.key')}`
const hash = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi'

const tls = (inner: string): string => `tls_server_config:\n  ${inner}\n`

describe('checkWebConfig', () => {
  it('gives what Prometheus takes for granted, also where the file is empty', () => {
    for (const yaml of ['', '# nothing\n', '{}\n', 'basic_auth_users: {}\n']) {
      expect(checkWebConfig(fileOf(yaml))).toMatchObject({
        tls_server_config: {
          min_version: 'TLS12',
          max_version: 'TLS13',
          prefer_server_cipher_suites: true,
        },
        http_server_config: { http2: true, headers: {} },
        rate_limit: { burst: 0, interval: 0 },
      })
    }
  })

  it('reads every key, with paths from the folder of the file', () => {
    const dir = folder({
      'web.yml': [
        'tls_server_config:',
        '  cert_file: c.pem',
        `  key_file: ${pkiFile('server1.key')}`,
        '  client_ca_file: ca.pem',
        '  client_auth_type: RequireAndVerifyClientCert',
        '  client_allowed_sans: [a]',
        '  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]',
        '  curve_preferences: [CurveP256, CurveP384, CurveP521, X25519]',
        '  min_version: TLS10',
        '  max_version: TLS12',
        '  prefer_server_cipher_suites: off',
        'http_server_config:',
        '  http2: false',
        '  headers: {X-Frame-Options: deny, X-XSS-Protection: "1", Content-Security-Policy: x}',
        'rate_limit: {interval: 1m30s, burst: 7}',
        `basic_auth_users: {alice: "${hash}"}`,
      ].join('\n'),
      'c.pem': '',
      'ca.pem': '',
    })
    for (const [from, to] of [
      ['server1.pem', 'c.pem'],
      ['ca1.pem', 'ca.pem'],
    ] as const) {
      writeFileSync(path.join(dir, to), readFileSync(pkiFile(from)))
    }
    const config = checkWebConfig(path.join(dir, 'web.yml'))
    expect(config).toMatchObject({
      tls_server_config: {
        cert_file: path.join(dir, 'c.pem'),
        client_ca_file: path.join(dir, 'ca.pem'),
        prefer_server_cipher_suites: false,
      },
      http_server_config: { http2: false, headers: { 'X-Frame-Options': 'deny' } },
      rate_limit: { interval: 90_000, burst: 7 },
    })
    expect(JSON.stringify(config)).not.toContain(hash)
  })

  it.each([
    ['tls_config: {}', 'field tls_config not found in type web.Config'],
    [tls('certs: x'), 'field certs not found in type web.TLSConfig'],
    ['http_server_config: {http3: true}', 'field http3 not found in type web.HTTPConfig'],
    ['http_server_config: {headers: {X-Y: a}}', 'HTTP header "X-Y" can not be configured'],
    [
      'http_server_config: {headers: {x-frame-options: deny}}',
      'HTTP header "x-frame-options" can not be configured',
    ],
    [
      'http_server_config: {headers: {X-Frame-Options: no}}',
      'invalid value for X-Frame-Options. Expected one of: ["deny" "sameorigin"], but got: "no"',
    ],
    [
      'http_server_config: {headers: {X-Content-Type-Options: x}}',
      'invalid value for X-Content-Type-Options. Expected one of: ["nosniff"], but got: "x"',
    ],
    ['rate_limit: {interval: 1d}', 'time: unknown unit "d" in duration "1d"'],
    ['rate_limit: {interval: "5"}', 'time: missing unit in duration "5"'],
    ['rate_limit: {interval: 300000000h}', 'time: invalid duration "300000000h"'],
    ['rate_limit: {interval: 1e19}', 'cannot unmarshal !!float `1e19` into int'],
    ['rate_limit: {interval: fast}', 'time: invalid duration "fast"'],
    [tls('cert_file: x'), 'missing one of key or key_file'],
    [tls('key_file: x'), 'missing one of cert or cert_file'],
    [tls('client_auth_type: NoClientCert'), 'missing one of cert or cert_file'],
    [tls('cert_file: /nowhere/c\n  key_file: k'), 'failed to read cert_file (/nowhere/c): ENOENT'],
    [
      tls(`cert_file: ${pkiFile('server1.pem')}\n  key_file: /nowhere/k`),
      'failed to read key_file (/nowhere/k): ENOENT',
    ],
    [
      tls(`cert_file: ${pkiFile('server1.pem')}\n  key_file: ${pkiFile('server2.key')}`),
      'failed to load X509KeyPair: ',
    ],
    [tls('cert: x\n  key: geheim'), 'failed to load X509KeyPair: '],
    [tls(`${pair}\n  client_auth_type: Maybe`), 'invalid ClientAuth: Maybe'],
    [
      tls(`${pair}\n  client_ca_file: ${pkiFile('ca1.pem')}`),
      "client CA's have been configured without a Client Auth Policy",
    ],
    [tls(`${pair}\n  client_allowed_sans: [a]`), 'client_allowed_sans requires client_auth_type'],
    [
      tls(`${pair}\n  cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]`),
      'unknown cipher: TLS_RSA_WITH_RC4_128_SHA',
    ],
    [tls(`${pair}\n  curve_preferences: [CurveP257]`), 'unknown curve: CurveP257'],
    [tls(`${pair}\n  min_version: TLS111`), 'unknown TLS version: TLS111'],
    [
      'basic_auth_users: {alice: geheim}',
      'basic_auth_users: the password of "alice" is not a bcrypt hash',
    ],
  ])('refuses %j', (yaml, message) => {
    const file = fileOf(yaml)
    expect(() => checkWebConfig(file)).toThrow(message)
    try {
      checkWebConfig(file)
    } catch (error) {
      expect(String(error)).not.toContain('geheim')
    }
  })

  it('says where in the file the mistake is', () => {
    const file = fileOf('rate_limit:\n  brust: 1\n')
    expect(() => checkWebConfig(file)).toThrow(`${file}:2:3: rate_limit.brust: `)
  })

  it.each([
    ['5000000', 5],
    ['0x10', 16e-6],
    ['1e6', 1],
    ['1.5s', 1500],
  ])('reads %s as a duration', (interval, ms) => {
    const file = fileOf(`rate_limit: {interval: ${interval}}\n`)
    expect(checkWebConfig(file).rate_limit.interval).toBe(ms)
  })

  it('reads UTF-16 with a byte order mark, and no bytes that are no text', () => {
    const file = fileOf('')
    writeFileSync(file, Buffer.from('\ufeffrate_limit: {burst: 7}\n', 'utf16le').swap16())
    expect(checkWebConfig(file)).toMatchObject({ rate_limit: { burst: 7 } })
    writeFileSync(file, Buffer.from('# \xff\nrate_limit: {burst: 7}\n', 'latin1'))
    expect(() => checkWebConfig(file)).toThrow(`${file}:1:1: yaml: invalid UTF-8 in the file`)
  })

  it('refuses a file that is not there', () => {
    expect(() => checkWebConfig('/nowhere/web.yml')).toThrow('ENOENT')
  })
})

describe('webConfigFile', () => {
  it('reads again when the file has changed, and only then', async () => {
    const name = fileOf('rate_limit: {burst: 1}\n')
    const file = webConfigFile(name, silentLogger)
    const first = await file.current()
    expect(await file.current()).toBe(first)
    writeFileSync(name, 'rate_limit: {burst: 22}\n')
    expect((await file.current()).rate_limit.burst).toBe(22)
    writeFileSync(name, 'rate_limit: [')
    await expect(file.current()).rejects.toThrow('yaml')
    await expect(file.current()).rejects.toThrow('yaml')
    writeFileSync(name, 'rate_limit: {burst: 3}\n')
    expect((await file.current()).rate_limit.burst).toBe(3)
  })
})

describe('checkUsers', () => {
  it.each(['$2a$', '$2b$', '$2y$'])('takes hashes of version %s', (version) => {
    const file = fileOf(`basic_auth_users: {a: "${version}${hash.slice(4)}"}`)
    expect(() => checkUsers(webConfigFile(file, silentLogger).now().basic_auth_users)).not.toThrow()
  })
})
