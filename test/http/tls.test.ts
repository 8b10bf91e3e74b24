import { once } from 'node:events'
import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import http2 from 'node:http2'
import https from 'node:https'
import path from 'node:path'
import type { TLSSocket } from 'node:tls'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { FileSilentError } from '../../src/go/file-lane.js'
import { processFiles } from '../../src/go/files.js'
import { createHttpClient, HttpError } from '../../src/http/index.js'
import { listen } from '../helpers/listen.js'
import { pki, pkiFile } from '../helpers/pki/index.js'
import { clientOf, configOf, folder, serve, until } from './harness.js'

const timeoutMs = 20_000
const tls = (inner: string): string => `tls_config: {${inner}}`
const ca1 = `ca_file: ${pkiFile('ca1.pem')}`

function secure(options: https.ServerOptions = {}): Parameters<typeof serve>[1] {
  return (handler) =>
    https.createServer({ cert: pki('server1.pem'), key: pki('server1.key'), ...options }, handler)
}

async function start(options: https.ServerOptions = {}): Promise<{
  readonly url: string
  readonly port: number
  readonly sockets: ReadonlySet<unknown>
}> {
  const server = await serve((_, response) => {
    const socket = response.socket as TLSSocket
    const peer = socket.getPeerCertificate()
    response.end(
      `${socket.getProtocol() ?? ''} ${String(socket.servername)} ${String(peer.subject?.CN)}`,
    )
  }, secure(options))
  return { ...server, url: server.url.replace('http:', 'https:') }
}

async function ask(yaml: string, url: string): Promise<string> {
  return (await clientOf(yaml).request({ url, timeoutMs })).body.toString()
}

async function kindOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((reason: unknown) => reason)
  return error instanceof HttpError ? error.kind : `not an HttpError: ${String(error)}`
}

const pair = (n: 1 | 2): string =>
  `cert_file: ${pkiFile(`client${n}.pem`)}, key_file: ${pkiFile(`client${n}.key`)}`

async function startH2(): Promise<{ readonly url: string; readonly versions: string[] }> {
  const versions: string[] = []
  const server = http2.createSecureServer({
    cert: pki('server1.pem'),
    key: pki('server1.key'),
    allowHTTP1: true,
  })
  server.on('request', (request, response) => {
    versions.push(request.httpVersion)
    if (request.url === '/hang') return
    response.end(request.httpVersion)
  })
  const { address } = await listen(server)
  return { url: `https://${address}/`, versions }
}

describe('TLS of an HTTP client', () => {
  it('trusts the authority it is given, in a file or inline, and no other', async () => {
    const { url } = await start()
    expect(await ask(tls(ca1), url)).toMatch(/^TLSv1\.3/)
    expect(await ask(tls(`ca: ${JSON.stringify(pki('ca1.pem'))}`), url)).toMatch(/^TLSv1\.3/)
    expect(await kindOf(ask(tls(`ca_file: ${pkiFile('ca2.pem')}`), url))).toBe('tls')
    expect(await kindOf(ask('', url))).toBe('tls')
    expect(await ask(tls('insecure_skip_verify: true'), url)).toMatch(/^TLSv1\.3/)
  })

  it('trusts what the operating system trusts, as SSL_CERT_FILE names it', async () => {
    const { url } = await start()
    const client = clientOf('', { SSL_CERT_FILE: pkiFile('ca1.pem') })
    expect((await client.request({ url, timeoutMs })).status).toBe(200)
  })

  it('reads its files with the first request where their file system does not answer at once', async () => {
    const { url } = await start()
    const silent = vi.spyOn(processFiles, 'contentSoon').mockImplementation((file) => {
      throw new FileSilentError(file)
    })
    onTestFinished(() => silent.mockRestore())
    const client = clientOf(tls(`${ca1}, ${pair(1)}`))
    const hung = vi.spyOn(processFiles, 'content').mockImplementation((file) => {
      throw new FileSilentError(file)
    })
    onTestFinished(() => hung.mockRestore())
    await expect(client.request({ url, timeoutMs })).rejects.toThrow(
      `unable to read CA cert: unable to read file ${pkiFile('ca1.pem')}: the file system does not answer`,
    )
    hung.mockRestore()
    expect((await client.request({ url, timeoutMs })).status).toBe(200)
    expect(silent).toHaveBeenCalledTimes(3)
  })

  it('checks and sends the server_name that is configured', async () => {
    const { url, port } = await start()
    expect(await ask(tls(`${ca1}, server_name: a.muster.test`), url)).toContain('a.muster.test')
    expect(await kindOf(ask(tls(`${ca1}, server_name: other.test`), url))).toBe('tls')
    const local = `https://localhost:${String(port)}/`
    expect(await ask(tls(`${ca1}, server_name: 127.0.0.1`), local)).toContain('TLSv1.3')
    expect(await kindOf(ask(tls(`${ca1}, server_name: 127.0.0.2`), local))).toBe('tls')
  })

  it('speaks the versions it is told to', async () => {
    const { url } = await start()
    expect(await ask(tls(`${ca1}, max_version: TLS12`), url)).toMatch(/^TLSv1\.2/)
    const old = await start({ maxVersion: 'TLSv1.2' })
    expect(await kindOf(ask(tls(`${ca1}, min_version: TLS13`), old.url))).toBe('tls')
    const ancient = await start({
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    expect(await kindOf(ask(tls(ca1), ancient.url))).toBe('tls')
    expect(await ask(tls(`${ca1}, min_version: TLS10`), ancient.url)).toMatch(/^TLSv1\.1/)
  })

  it('proves itself with a client certificate', async () => {
    const { url } = await start({ ca: pki('ca1.pem'), requestCert: true, rejectUnauthorized: true })
    expect(await ask(tls(`${ca1}, ${pair(1)}`), url)).toMatch(/client 1$/)
    // With TLS 1.3 the refusal comes after the handshake: as an alert, or as a connection that breaks.
    expect(await kindOf(ask(tls(`${ca1}, ${pair(2)}`), url))).toMatch(/^(?:tls|connect)$/)
    const inline = `cert: ${JSON.stringify(pki('client1.pem'))}, key: ${JSON.stringify(pki('client1.key'))}`
    expect(await ask(tls(`${ca1}, ${inline}`), url)).toMatch(/client 1$/)
  })

  it('follows its files: a new authority and a new client certificate count from the next request', async () => {
    const dir = folder({})
    const put = (n: 1 | 2): void => {
      copyFileSync(pkiFile(`ca${n}.pem`), path.join(dir, 'ca.pem'))
      copyFileSync(pkiFile(`client${n}.pem`), path.join(dir, 'client.pem'))
      copyFileSync(pkiFile(`client${n}.key`), path.join(dir, 'client.key'))
    }
    const mutual = { requestCert: true, rejectUnauthorized: true }
    const one = await start({ ca: pki('ca1.pem'), ...mutual })
    const two = await start({
      cert: pki('server2.pem'),
      key: pki('server2.key'),
      ca: pki('ca2.pem'),
      ...mutual,
    })
    put(1)
    const client = clientOf(
      tls(`ca_file: ${dir}/ca.pem, cert_file: ${dir}/client.pem, key_file: ${dir}/client.key`),
    )
    const get = async (url: string): Promise<string> =>
      (await client.request({ url, timeoutMs })).body.toString()
    expect(await get(one.url)).toMatch(/client 1$/)
    expect(await kindOf(get(two.url))).toBe('tls')
    put(2)
    expect(await get(two.url)).toMatch(/client 2$/)
    expect(await kindOf(get(one.url))).toMatch(/^(?:tls|connect)$/)
    // What was opened with the old certificate is not kept.
    await until(() => one.sockets.size === 0)

    writeFileSync(path.join(dir, 'ca.pem'), 'no certificate')
    expect(await kindOf(get(two.url))).not.toBe('timeout')
    rmSync(path.join(dir, 'ca.pem'))
    await expect(get(two.url)).rejects.toThrow(
      `unable to read CA cert: unable to read file ${dir}/ca.pem`,
    )
    put(2)
    expect(await get(two.url)).toMatch(/client 2$/)
  })

  it.each([
    [
      'ca_file: /nowhere/ca.pem',
      /^unable to read CA cert: unable to read file \/nowhere\/ca.pem: ENOENT/,
    ],
    ['ca: nonsense', /^unable to use specified CA cert inline$/],
    [`ca_file: ${pkiFile('server1.key')}`, /^unable to use specified CA cert file .*server1.key$/],
    [`cert_file: /nowhere/c, key: k`, /^unable to read specified client cert: unable to read file/],
    [
      `cert_file: ${pkiFile('client1.pem')}, key_file: /nowhere/k`,
      /^unable to read specified client key/,
    ],
    [
      `cert_file: ${pkiFile('client1.pem')}, key_file: ${pkiFile('client2.key')}`,
      /^unable to use specified client cert \(file .*client1.pem\) & key \(file .*client2.key\): /,
    ],
    [
      'min_version: TLS13, max_version: TLS12',
      /^tls_config.max_version must be greater than or equal to tls_config.min_version/,
    ],
  ])('refuses to be built with %s', (inner, message) => {
    expect(() => createHttpClient(configOf(tls(inner)), { userAgent: 'x' })).toThrow(message)
  })

  describe('over HTTP/2', () => {
    it('is used where the server offers it, unless it is turned off', async () => {
      const { url } = await startH2()
      expect(await ask(tls(ca1), url)).toBe('2.0')
      expect(await ask(`${tls(ca1)}\nenable_http2: false`, url)).toBe('1.1')
    })

    it('takes many requests at once, and an aborted one harms no other', async () => {
      const { url, versions } = await startH2()
      const client = clientOf(tls(ca1))
      const controller = new AbortController()
      const hanging = client.request({ url: `${url}hang`, timeoutMs, signal: controller.signal })
      const failed = hanging.catch((error: unknown) => error)
      await until(() => versions.length === 1)
      const many = Array.from({ length: 50 }, () => client.request({ url, timeoutMs }))
      controller.abort(new Error('enough'))
      expect((await Promise.all(many)).map((r) => r.body.toString())).toEqual(
        Array.from({ length: 50 }, () => '2.0'),
      )
      expect(await failed).toEqual(new Error('enough'))
    })

    it('leaves no session behind when the client closes', async () => {
      const server = http2.createSecureServer({ cert: pki('server1.pem'), key: pki('server1.key') })
      server.on('request', (_, response) => response.end('ok'))
      const listening = await listen(server)
      const client = clientOf(tls(ca1))
      const session = once(server, 'session')
      await client.request({ url: `https://${listening.address}/`, timeoutMs })
      await session
      await client.close()
      await until(() => listening.sockets.size === 0)
    })
  })
})
