import { copyFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import tls from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { HttpError } from '../../../src/http/index.js'
import { silentLogger } from '../../../src/telemetry/index.js'
import { isVerified } from '../../../src/web/protect/client-auth.js'
import { webProtection } from '../../../src/web/protect/protection.js'
import { pkiFile } from '../../helpers/pki/index.js'
import { clientOf, folder, until } from '../../http/harness.js'
import { serve, type Served, type ServeOptions, sources } from '../helpers.js'

const timeoutMs = 20_000
const server1 = `cert_file: ${pkiFile('server1.pem')}\n  key_file: ${pkiFile('server1.key')}`
const tlsYaml = (inner = ''): string => `tls_server_config:\n  ${server1}\n  ${inner}\n`

interface Secured extends Served {
  readonly url: string
  readonly dir: string
  rewrite(yaml: string): void
}

async function start(
  yaml: string,
  files: Readonly<Record<string, string>> = {},
  options: ServeOptions = {},
): Promise<Secured> {
  const dir = folder({ ...files, 'web.yml': yaml })
  const file = path.join(dir, 'web.yml')
  const protection = webProtection({ file, logger: silentLogger, now: () => 0 })
  if (protection?.createServer === undefined) throw new Error('no TLS')
  expect(protection.isTls).toBe(true)
  const { protect, isKnown, createServer } = protection
  const served = await serve(sources(), { protect, isKnown, createServer, ...options })
  onTestFinished(() => served.stop())
  return {
    ...served,
    dir,
    url: `https://127.0.0.1:${String(served.port)}/-/healthy`,
    rewrite: (text) => {
      writeFileSync(file, text)
    },
  }
}

/** What a client with these TLS keys comes to: a status, or the kind of error. */
async function ask(url: string, inner = '', more = ''): Promise<number | string> {
  const client = clientOf(`tls_config: {ca_file: ${pkiFile('ca1.pem')}${inner}}\n${more}`)
  try {
    return (await client.request({ url, timeoutMs })).status
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    // A refusal after a TLS 1.3 handshake shows as an alert or as a connection that breaks.
    return error.kind === 'connect' || error.kind === 'tls' || error.kind === 'protocol'
      ? 'refused'
      : error.kind
  } finally {
    await client.close()
  }
}

const client = (n: 1 | 2): string =>
  `, cert_file: ${pkiFile(`client${n}.pem`)}, key_file: ${pkiFile(`client${n}.key`)}`

/** One handshake with the options of node:tls, and what was agreed. */
async function handshake(port: number, options: tls.ConnectionOptions): Promise<string> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  try {
    return await new Promise((resolve, reject) => {
      socket.once('secureConnect', () => {
        resolve(
          `${socket.getProtocol() ?? ''} ${socket.getCipher().name} ${String(socket.alpnProtocol)}`,
        )
      })
      socket.once('error', reject)
    })
  } finally {
    socket.destroy()
  }
}

const put = (n: 1 | 2, into: string): void => {
  copyFileSync(pkiFile(`server${n}.pem`), path.join(into, 'c.pem'))
  copyFileSync(pkiFile(`server${n}.key`), path.join(into, 'k.pem'))
}

describe('a web server with TLS', () => {
  it('speaks HTTP/2 and HTTP/1.1, and nothing without TLS', async () => {
    const server = await start(tlsYaml())
    expect(await ask(server.url)).toBe(200)
    expect(await ask(server.url, '', 'enable_http2: false')).toBe(200)
    expect(await handshake(server.port, { ALPNProtocols: ['h2', 'http/1.1'] })).toMatch(/ h2$/)
    await expect(server.request('/-/healthy')).rejects.toThrow()
  })

  it('leaves HTTP/2 out where the file says so', async () => {
    const server = await start(`${tlsYaml()}http_server_config: {http2: false}\n`)
    expect(await ask(server.url)).toBe(200)
    expect(await handshake(server.port, { ALPNProtocols: ['h2', 'http/1.1'] })).toMatch(
      / http\/1\.1$/,
    )
  })

  it('answers while more handshakes have stopped half-way than it has places', async () => {
    const server = await start(tlsYaml(), {}, { maxConnections: 1 })
    const halves = Array.from({ length: 20 }, () => net.connect(server.port, '127.0.0.1'))
    for (const half of halves)
      half.on('error', () => {}).write(Buffer.from('16030100c8010000c4', 'hex'))
    await until(() => server.server.connectionCount === halves.length)
    expect(await ask(server.url)).toBe(200)
    for (const half of halves) half.destroy()
  })

  it('serves answers of any size over HTTP/2', async () => {
    const server = await start(tlsYaml())
    const http = clientOf(`tls_config: {ca_file: ${pkiFile('ca1.pem')}}`)
    const url = server.url.replace('/-/healthy', '/metrics')
    const bodies = await Promise.all(
      Array.from({ length: 20 }, async () => (await http.request({ url, timeoutMs })).body.length),
    )
    expect(Math.min(...bodies)).toBeGreaterThan(100)
  })

  it('asks for a password behind TLS', async () => {
    const hash = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi'
    const server = await start(`${tlsYaml()}basic_auth_users: {a: "${hash}"}\n`)
    expect(await ask(server.url)).toBe(401)
    expect(await ask(server.url, '', 'basic_auth: {username: a, password: fakepassword}')).toBe(200)
  })

  const ca1 = `client_ca_file: ${pkiFile('ca1.pem')}\n  client_auth_type: `
  it.each([
    {
      name: 'RequestClientCert',
      yaml: 'client_auth_type: RequestClientCert',
      want: [200, 200, 200],
    },
    {
      name: 'RequireAnyClientCert',
      yaml: 'client_auth_type: RequireAnyClientCert',
      want: ['refused', 200, 200],
    },
    {
      name: 'RequireClientCert',
      yaml: 'client_auth_type: RequireClientCert',
      want: ['refused', 200, 200],
    },
    {
      name: 'VerifyClientCertIfGiven',
      yaml: `${ca1}VerifyClientCertIfGiven`,
      want: [200, 200, 'refused'],
    },
    {
      name: 'RequireAndVerifyClientCert',
      yaml: `${ca1}RequireAndVerifyClientCert`,
      want: ['refused', 200, 'refused'],
    },
    { name: 'NoClientCert', yaml: 'client_auth_type: NoClientCert', want: [200, 200, 200] },
    {
      name: 'a DNS name',
      yaml: `${ca1}RequireAndVerifyClientCert\n  client_allowed_sans: [x, client1.muster.test]`,
      want: ['refused', 200, 'refused'],
    },
    {
      name: 'an e-mail address',
      yaml: 'client_auth_type: RequireAnyClientCert\n  client_allowed_sans: [client2@muster.test]',
      want: ['refused', 'refused', 200],
    },
    {
      name: 'a URI',
      yaml: 'client_auth_type: RequireAnyClientCert\n  client_allowed_sans: ["spiffe://muster.test/client1"]',
      want: ['refused', 200, 'refused'],
    },
    {
      name: 'no name at all',
      yaml: 'client_auth_type: RequireAnyClientCert\n  client_allowed_sans: []',
      want: ['refused', 'refused', 'refused'],
    },
  ])('lets in whom $name lets in', async ({ yaml, want }) => {
    for (const http2 of [true, false]) {
      const server = await start(`${tlsYaml(yaml)}http_server_config: {http2: ${String(http2)}}\n`)
      expect([
        await ask(server.url),
        await ask(server.url, client(1)),
        await ask(server.url, client(2)),
      ]).toEqual(want)
    }
  })

  it.each([
    { name: 'NoClientCert', yaml: 'client_auth_type: NoClientCert', want: [200, 200] },
    { name: 'RequestClientCert', yaml: `${ca1}RequestClientCert`, want: [200, 200] },
    { name: 'RequireAnyClientCert', yaml: `${ca1}RequireAnyClientCert`, want: ['refused', 200] },
    {
      name: 'VerifyClientCertIfGiven',
      yaml: `${ca1}VerifyClientCertIfGiven`,
      want: [200, 'verified'],
    },
    {
      name: 'RequireAndVerifyClientCert',
      yaml: `${ca1}RequireAndVerifyClientCert`,
      want: ['refused', 'verified'],
    },
  ])('knows whose certificate it has verified with $name', async ({ yaml, want }) => {
    for (const http2 of [true, false]) {
      const server = await start(
        `${tlsYaml(yaml)}http_server_config: {http2: ${String(http2)}}\n`,
        {},
        {
          protect: (c, next) =>
            isVerified(c.env.incoming) ? Promise.resolve(c.body(null, 204)) : next(),
        },
      )
      const shown = async (inner?: string) => {
        const status = await ask(server.url, inner)
        return status === 204 ? 'verified' : status
      }
      expect([await shown(), await shown(client(1))]).toEqual(want)
    }
  })

  it('keeps to the versions, suites and curves of the file', async () => {
    const server = await start(
      tlsYaml(
        'max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n  curve_preferences: [CurveP384]',
      ),
    )
    const { port } = server
    expect(await handshake(port, {})).toContain('TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384')
    await expect(handshake(port, { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).rejects.toThrow()
    await expect(handshake(port, { ecdhCurve: 'P-256' })).rejects.toThrow()
    await expect(handshake(port, { minVersion: 'TLSv1.3' })).rejects.toThrow()

    const modern = await start(tlsYaml('cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]'))
    expect(await handshake(modern.port, { minVersion: 'TLSv1.3' })).toContain('TLSv1.3')
    const only13 = await start(
      tlsYaml('min_version: TLS13\n  cipher_suites: [TLS_AES_128_GCM_SHA256]'),
    )
    await expect(handshake(only13.port, { maxVersion: 'TLSv1.2' })).rejects.toThrow()
    const ancient = await start(tlsYaml('min_version: TLS10\n  max_version: TLS11'))
    expect(
      await handshake(ancient.port, { minVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
    ).toContain('TLSv1.1')
  })

  it('follows its certificates and its file, from one handshake to the next', async () => {
    const yaml = 'tls_server_config: {cert_file: c.pem, key_file: k.pem}\n'
    const dir = folder({})
    put(1, dir)
    writeFileSync(path.join(dir, 'web.yml'), yaml)
    const protection = webProtection({
      file: path.join(dir, 'web.yml'),
      logger: silentLogger,
      now: () => 0,
    })
    const served = await serve(sources(), {
      ...(protection === undefined ? {} : { protect: protection.protect }),
      ...(protection?.createServer === undefined ? {} : { createServer: protection.createServer }),
    })
    onTestFinished(() => served.stop())
    const url = `https://127.0.0.1:${String(served.port)}/-/healthy`
    const ca2 = clientOf(`tls_config: {ca_file: ${pkiFile('ca2.pem')}}`)
    expect(await ask(url)).toBe(200)
    // Half of a renewal: the old pair goes on.
    copyFileSync(pkiFile('server2.pem'), path.join(dir, 'c.pem'))
    expect(await ask(url)).toBe(200)
    put(2, dir)
    expect((await ca2.request({ url, timeoutMs })).status).toBe(200)
    expect(await ask(url)).toBe('refused')
    put(1, dir)
    expect(await ask(url)).toBe(200)
    writeFileSync(
      path.join(dir, 'web.yml'),
      yaml.replace(
        '}',
        `, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ${pkiFile('ca2.pem')}}`,
      ),
    )
    expect([await ask(url), await ask(url, client(1)), await ask(url, client(2))]).toEqual([
      'refused',
      'refused',
      200,
    ])
  })

  it('stops with clients still connected', async () => {
    const server = await start(tlsYaml())
    const http = clientOf(`tls_config: {ca_file: ${pkiFile('ca1.pem')}}`)
    await http.request({ url: server.url, timeoutMs })
    expect(server.server.connectionCount).toBeGreaterThan(0)
    await server.stop()
    await until(() => server.server.connectionCount === 0)
  })
})
