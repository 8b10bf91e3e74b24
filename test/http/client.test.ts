import { getEventListeners } from 'node:events'
import { writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { createHttpClient, HttpError, statusError } from '../../src/http/index.js'
import { listen } from '../helpers/listen.js'
import { clientOf, configOf, folder, serve, until } from './harness.js'

const timeoutMs = 20_000
const basic = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`

async function failure(promise: Promise<unknown>): Promise<HttpError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof HttpError) return error
  throw new Error(`no HttpError but ${String(error)}`)
}

describe('an HTTP client', () => {
  it.each([
    { yaml: 'basic_auth: {username: u, password: "p:w"}', want: basic('u:p:w') },
    { yaml: 'basic_auth: {username: u}', want: basic('u:') },
    { yaml: 'bearer_token: t', want: 'Bearer t' },
    { yaml: 'authorization: {type: Token, credentials: t}', want: 'Token t' },
    { yaml: 'follow_redirects: true', want: undefined },
  ])('sends $want for $yaml', async ({ yaml, want }) => {
    const server = await serve((_, response) => response.end('ok'))
    const response = await clientOf(yaml).request({ url: `${server.url}a?b=c`, timeoutMs })
    expect(response.body.toString()).toBe('ok')
    expect(server.asked[0]).toMatchObject({ method: 'GET', url: '/a?b=c' })
    expect(server.asked[0]?.headers).toMatchObject({ 'user-agent': 'muster/test' })
    expect(server.asked[0]?.headers.authorization).toBe(want)
  })

  it('lets an Authorization of the request and a login in the URL win, in this order', async () => {
    const server = await serve((_, response) => response.end())
    const client = clientOf('bearer_token: t')
    const url = server.url.replace('//', '//me:s%20cret@')
    await client.request({ url, timeoutMs })
    await client.request({ url, timeoutMs, headers: { Authorization: 'own' } })
    expect(server.asked.map((a) => a.headers.authorization)).toEqual([basic('me:s cret'), 'own'])
  })

  it('reads secrets in files for each request, without the white space around them', async () => {
    const server = await serve((_, response) => response.end())
    const dir = folder({ user: 'u\n', pass: 'one\n', extra: ' x \n' })
    const client = clientOf(
      `basic_auth: {username_file: ${dir}/user, password_file: ${dir}/pass}\nhttp_headers: {X-Extra: {values: [a], files: [${dir}/extra]}}`,
    )
    await client.request({ url: server.url, timeoutMs })
    writeFileSync(path.join(dir, 'pass'), 'two\n')
    await client.request({ url: server.url, timeoutMs })
    expect(server.asked.map((a) => a.headers.authorization)).toEqual([
      basic('u:one'),
      basic('u:two'),
    ])
    expect(server.asked[1]?.headers['x-extra']).toBe('a, x')
  })

  it('fails the request, not the config, when a credentials file is missing', async () => {
    const client = clientOf('authorization: {credentials_file: /nowhere/token}')
    const error = await failure(client.request({ url: 'http://127.0.0.1:1/', timeoutMs }))
    expect(error.kind).toBe('credentials')
    expect(error.message).toMatch(
      /^unable to read authorization credentials: unable to read file \/nowhere\/token: ENOENT/,
    )
  })

  it.each([
    ['authorization: {credentials_ref: a}', 'unable to use credentials'],
    ['basic_auth: {username_ref: a}', 'unable to use username'],
    ['basic_auth: {password_ref: a}', 'unable to use password'],
    ['tls_config: {ca_ref: a}', 'unable to use CA cert'],
    [
      'oauth2: {client_id: a, token_url: "http://t", client_secret_ref: a}',
      'unable to use client secret',
    ],
  ])('refuses the secret reference of %j', (yaml, what) => {
    expect(() => createHttpClient(configOf(yaml), { userAgent: 'x' })).toThrow(
      `${what}: cannot use secret ref without manager`,
    )
  })

  it('keeps its connection for the next request', async () => {
    const server = await serve((_, response) => response.end('ok'))
    const client = clientOf('')
    for (let i = 0; i < 10; i += 1) await client.request({ url: server.url, timeoutMs })
    // The pool may open a second one while the first is being handed back, and no more.
    expect(server.accepted()).toBeLessThanOrEqual(2)
  })

  it('sends a GET again when the server had hung up on the kept connection', async () => {
    const server = await serve((_, response, count) => {
      if (count === 2) response.socket?.destroy()
      else response.end('ok')
    })
    const client = clientOf('')
    await client.request({ url: server.url, timeoutMs })
    const second = await client.request({ url: server.url, timeoutMs })
    expect(second.body.toString()).toBe('ok')
    expect(server.asked).toHaveLength(3)
  })

  it('never sends a POST twice', async () => {
    const server = await serve((_, response) => response.socket?.destroy())
    const client = clientOf('')
    const request = { url: server.url, method: 'POST', body: '{}', timeoutMs }
    expect((await failure(client.request(request))).kind).toBe('connect')
    expect(server.asked.map((a) => a.body)).toEqual(['{}'])
  })

  it('asks for a packed answer where it may, and unpacks it', async () => {
    const server = await serve((_, response) => {
      response.setHeader('content-encoding', 'gzip').end(gzipSync('x'.repeat(100_000)))
    })
    const response = await clientOf('').request({ url: server.url, timeoutMs, gzip: true })
    expect(server.asked[0]?.headers['accept-encoding']).toBe('gzip')
    expect(response.body).toHaveLength(100_000)
  })

  it.each([
    { name: 'in a few pieces', sizes: [1, 70_000, 3], said: true },
    { name: 'of a length that it says', sizes: [60_000, 60_000, 60_000, 20_000], said: true },
    { name: 'of a length that it does not say', sizes: [1, 130_000, 5, 400_000, 2], said: false },
    { name: 'of many pieces', sizes: Array.from({ length: 90 }, (_, i) => i * 311), said: false },
  ])('puts an answer together that comes $name', async ({ sizes, said }) => {
    const pieces = sizes.map((size, i) => Buffer.alloc(size, 97 + (i % 26)))
    const whole = Buffer.concat(pieces)
    const server = await serve((_, response) => {
      if (said) response.setHeader('content-length', String(whole.length))
      for (const piece of pieces) response.write(piece)
      response.end()
    })
    const { body } = await clientOf('').request({ url: server.url, timeoutMs })
    expect(body.equals(whole)).toBe(true)
  })

  it.each([
    { name: 'as sent', packed: false },
    { name: 'as unpacked', packed: true },
  ])(
    'refuses an answer larger than the limit $name, and cuts the connection',
    async ({ packed }) => {
      const text = 'x'.repeat(1_000_001)
      const server = await serve((_, response) => {
        if (packed) response.setHeader('content-encoding', 'gzip').end(gzipSync(text))
        else response.end(text)
      })
      const client = clientOf('')
      const request = { url: server.url, timeoutMs, maxBytes: 1_000_000 }
      expect((await failure(client.request(request))).kind).toBe('too_large')
      await client.close()
      await until(() => server.sockets.size === 0)
    },
  )

  it('gives up an answer that never ends, and a server that never answers, when the time is over', async () => {
    const silent = await listen(net.createServer((socket) => socket.resume()))
    const endless = await serve((_, response) => response.write('x'))
    const client = clientOf('')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      for (const url of [`http://${silent.address}/`, endless.url]) {
        const failed = failure(client.request({ url, timeoutMs: 3000 }))
        await vi.advanceTimersByTimeAsync(3000)
        const error = await failed
        expect(error.kind).toBe('timeout')
        expect(error.message).toBe(`GET ${url}: no complete answer within 3s`)
      }
    } finally {
      vi.useRealTimers()
    }
  })

  it('stops at once when the caller aborts, with the reason given, and forgets the signal', async () => {
    const server = await serve(() => undefined)
    const client = clientOf('')
    const controller = new AbortController()
    const request = client.request({ url: server.url, timeoutMs, signal: controller.signal })
    await until(() => server.asked.length === 1)
    const reason = new Error('reload')
    controller.abort(reason)
    await expect(request).rejects.toBe(reason)
    await until(() => server.sockets.size === 0)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })

  it('stops at once as well while an answer is unpacked', async () => {
    const packed = gzipSync(Buffer.alloc(60_000_000))
    const controller = new AbortController()
    const reason = new Error('enough')
    const server = await serve((_asked, response) => {
      response.once('finish', () => controller.abort(reason))
      response.setHeader('content-encoding', 'gzip').end(packed)
    })
    const { signal } = controller
    const pending = clientOf('').request({ url: server.url, timeoutMs, gzip: true, signal })
    await expect(pending).rejects.toBe(reason)
  })

  it('leaves no listener on a signal that is never aborted', async () => {
    const server = await serve((_, response) => response.end())
    const { signal } = new AbortController()
    await clientOf('').request({ url: server.url, timeoutMs, signal })
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('closes once and for all: what runs fails, nothing new starts, no socket stays', async () => {
    const server = await serve((_, response, count) => {
      if (count === 1) response.end()
    })
    const client = clientOf('')
    await client.request({ url: server.url, timeoutMs })
    const running = failure(client.request({ url: server.url, timeoutMs }))
    await until(() => server.asked.length === 2)
    await Promise.all([client.close(), client.close()])
    expect((await running).code).toBe('ERR_HTTP')
    expect((await failure(client.request({ url: server.url, timeoutMs }))).kind).toBe('closed')
    await until(() => server.sockets.size === 0)
  })

  it.each([
    ['a TLS handshake', (port: string) => ['', `https://127.0.0.1:${port}/`]],
    ['a tunnel', (port: string) => [`proxy_url: http://127.0.0.1:${port}`, 'https://a.test/']],
    [
      'a handshake with a proxy',
      (port: string) => [`proxy_url: https://127.0.0.1:${port}`, 'https://a.test/'],
    ],
    ['SOCKS', (port: string) => [`proxy_url: socks5://127.0.0.1:${port}`, 'http://a.test/']],
  ])('when closed ends a connection that is amid %s', async (_, through) => {
    const silent = await listen(net.createServer((socket) => socket.resume()))
    const [yaml = '', url = ''] = through(String(silent.port))
    const client = clientOf(yaml)
    const running = failure(client.request({ url, timeoutMs }))
    await until(() => silent.sockets.size === 1)
    await client.close()
    expect((await running).code).toBe('ERR_HTTP')
    // Connecting itself gives up after ten seconds, and would hold a process that ends until then.
    await until(() => silent.sockets.size === 0, 5_000)
  })

  it('says what went wrong by kind, without the password of the URL', async () => {
    const closed = http.createServer()
    const { port } = await new Promise<net.AddressInfo>((resolve) => {
      closed.listen(0, '127.0.0.1', () => {
        resolve(closed.address() as net.AddressInfo)
      })
    })
    await new Promise((resolve) => closed.close(resolve))
    const garbage = await listen(net.createServer((socket) => socket.end('SSH-2.0-x\r\n\r\n')))
    const client = clientOf('')
    const refused = await failure(
      client.request({ url: `http://u:geheim@127.0.0.1:${String(port)}/x`, timeoutMs }),
    )
    expect(refused.kind).toBe('connect')
    expect(refused.message).toBe(
      `GET http://127.0.0.1:${String(port)}/x: connect ECONNREFUSED 127.0.0.1:${String(port)}`,
    )
    const nowhere = client.request({ url: 'http://nowhere.invalid/', timeoutMs })
    expect((await failure(nowhere)).kind).toBe('dns')
    const odd = client.request({ url: `http://${garbage.address}/`, timeoutMs })
    expect((await failure(odd)).kind).toBe('protocol')
    for (const url of ['what', '127.0.0.1:8080/a', 'localhost:8080/a', 'ftp://u:s3cret@a/']) {
      const { kind, message } = await failure(client.request({ url, timeoutMs }))
      expect(kind).toBe('protocol')
      expect(message).toMatch(/: not a URL that begins with http:\/\/ or https:\/\/$/)
      expect(message).not.toContain('s3cret')
    }
  })

  it.each([
    { status: 503, after: '7', wait: 7000 },
    { status: 429, after: 'Sun, 22 Nov 2026 10:00:30 GMT', wait: 30_000 },
    { status: 429, after: 'Sun, 22 Nov 2020 10:00:30 GMT', wait: 0 },
    { status: 503, after: 'soon', wait: undefined },
    { status: 500, after: '7', wait: undefined },
  ])(
    'makes an error of status $status with Retry-After $after',
    async ({ status, after, wait }) => {
      const server = await serve((_, response) => {
        response.writeHead(status, 'Odd Text', { 'retry-after': after }).end()
      })
      const response = await clientOf('').request({ url: server.url, timeoutMs })
      const now = Date.UTC(2026, 10, 22, 10)
      const error = statusError(response, 'server returned HTTP status', now)
      expect(error.message).toBe(`server returned HTTP status ${String(status)} Odd Text`)
      expect([error.kind, error.status, error.retryAfterMs]).toEqual(['status', status, wait])
    },
  )
})
