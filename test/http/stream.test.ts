import { getEventListeners } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createHttpClient, HttpError, type HttpStream } from '../../src/http/index.js'
import { listen } from '../helpers/listen.js'
import { pki, pkiFile } from '../helpers/pki/index.js'
import { clientOf, configOf, serve, until } from './harness.js'

const timeoutMs = 20_000

/** The body piece by piece, when the test asks. */
function reader(stream: HttpStream): AsyncIterator<Buffer> {
  return stream.body[Symbol.asyncIterator]()
}

async function textOf(next: Promise<IteratorResult<Buffer>>): Promise<string> {
  const { value, done } = await next
  return done === true ? 'end' : String(value)
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => new Error(`no error but ${String(value)}`),
    (error: unknown) => error,
  )
}

/** A server whose answers the test writes. */
async function open(): Promise<{
  readonly server: Awaited<ReturnType<typeof serve>>
  readonly responses: readonly http.ServerResponse[]
}> {
  const responses: http.ServerResponse[] = []
  const server = await serve((_, response) => {
    response.flushHeaders()
    responses.push(response)
  })
  return { server, responses }
}

describe('a stream of an HTTP client', () => {
  it('is there with its headers, and gives the body as it comes, to its end', async () => {
    const { server, responses } = await open()
    const client = clientOf('bearer_token: t')
    const stream = await client.stream({ url: `${server.url}events?a=b`, timeoutMs })
    expect(server.asked[0]).toMatchObject({ method: 'GET', url: '/events?a=b' })
    expect(server.asked[0]?.headers).toMatchObject({
      authorization: 'Bearer t',
      'user-agent': 'muster/test',
    })
    expect(stream).toMatchObject({ status: 200, statusText: 'OK', url: `${server.url}events?a=b` })
    expect(stream.header('transfer-encoding')).toBe('chunked')
    const pieces = reader(stream)
    for (const text of ['one', 'two']) {
      const next = textOf(pieces.next())
      responses[0]?.write(text)
      expect(await next).toBe(text)
    }
    responses[0]?.end()
    expect(await textOf(pieces.next())).toBe('end')
    // The connection is kept for the next request.
    expect(server.sockets.size).toBe(1)
  })

  it('gives an answer of any status, and follows redirects as a request does', async () => {
    const server = await serve(({ url }, response) => {
      if (url === '/from') response.writeHead(307, { location: '/to' }).write('on its way')
      else response.writeHead(503, { 'retry-after': '7' }).end('no')
    })
    const stream = await clientOf('').stream({ url: `${server.url}from`, timeoutMs })
    expect([stream.status, stream.url, stream.header('retry-after')]).toEqual([
      503,
      `${server.url}to`,
      '7',
    ])
    expect(await textOf(reader(stream).next())).toBe('no')
    // The connection of the answer that led elsewhere, whose body never ended.
    await until(() => server.sockets.size <= 1)
  })

  it('ends every answer of a chain of redirects that does not end', async () => {
    const server = await serve((_, response) => {
      response.writeHead(302, { location: '/' }).write('x')
    })
    const error = await failure(clientOf('').stream({ url: server.url, timeoutMs }))
    expect(error).toMatchObject({ kind: 'redirect', message: 'stopped after 10 redirects' })
    await until(() => server.sockets.size === 0)
  })

  it('works over a unix socket', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'muster-stream-'))
    const socketPath = path.join(folder, 's')
    const server = http.createServer((_, response) => response.end('hello'))
    await new Promise<void>((resolve) => server.listen(socketPath, resolve))
    const client = createHttpClient(configOf(''), { userAgent: 'x', environment: {}, socketPath })
    onTestFinished(async () => {
      await client.close()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true })
    })
    const stream = await client.stream({ url: 'http://socket/', timeoutMs })
    expect(await textOf(reader(stream).next())).toBe('hello')
  })

  it('shares an HTTP/2 connection, and ends its own stream of it alone', async () => {
    const open: http2.ServerHttp2Stream[] = []
    const h2 = http2.createSecureServer({ cert: pki('server1.pem'), key: pki('server1.key') })
    h2.on('stream', (stream) => {
      stream.on('error', () => undefined)
      stream.respond({ ':status': 200 })
      open.push(stream)
      stream.write(`body ${String(open.length)}`)
    })
    const { port, accepted } = await listen(h2)
    const client = clientOf(`tls_config: {ca_file: ${pkiFile('ca1.pem')}}`)
    const url = `https://localhost:${String(port)}/`
    const first = await client.stream({ url, timeoutMs })
    const second = await client.stream({ url, timeoutMs })
    first.cancel()
    await until(() => open[0]?.destroyed ?? false)
    expect(await textOf(reader(second).next())).toBe('body 2')
    expect(open[1]?.destroyed).toBe(false)
    expect(accepted()).toBe(1)
  })

  it('is read no faster than its reader reads, however long it is', async () => {
    const piece = Buffer.alloc(1 << 20)
    let sent = 0
    const server = await serve((_, response) => {
      const more = (): void => {
        while (sent < 200 && !response.destroyed) {
          sent += 1
          if (!response.write(piece)) return
        }
        response.end()
      }
      response.on('drain', more)
      more()
    })
    const stream = await clientOf('').stream({ url: server.url, timeoutMs })
    const pieces = reader(stream)
    await pieces.next()
    // Enough for a client that reads on to have all of it.
    for (let turn = 0; turn < 1000; turn += 1) await new Promise((next) => setImmediate(next))
    expect(sent).toBeLessThan(100)
    let size = 0
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
      size += next.value.length
    }
    expect(size).toBeGreaterThan(199 << 20)
  })

  it.each<[string, (stream: HttpStream) => unknown]>([
    ['cancelled', (stream) => stream.cancel()],
    [
      'left early',
      async (stream) => {
        for await (const _ of stream.body) break
      },
    ],
  ])('ends its connection when it is %s', async (_, leave) => {
    const { server, responses } = await open()
    const stream = await clientOf('').stream({ url: server.url, timeoutMs })
    responses[0]?.write('x')
    await leave(stream)
    stream.cancel()
    await until(() => server.sockets.size === 0)
  })

  it.each(['before the headers', 'while it is read', 'while it is not read'])(
    'ends at once with the reason of its signal, and forgets the signal: %s',
    async (when) => {
      const server = await serve((_, response) => {
        if (when !== 'before the headers') response.flushHeaders()
      })
      const controller = new AbortController()
      const { signal } = controller
      const reason = new Error('reload')
      const opening = clientOf('').stream({ url: server.url, timeoutMs, signal })
      if (when === 'before the headers') {
        await until(() => server.asked.length === 1)
        controller.abort(reason)
        await expect(opening).rejects.toBe(reason)
      } else {
        const pieces = reader(await opening)
        const next = when === 'while it is read' ? failure(pieces.next()) : undefined
        controller.abort(reason)
        expect(await (next ?? failure(pieces.next()))).toBe(reason)
      }
      await until(() => server.sockets.size === 0)
      expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    },
  )

  it('keeps no listener on the signal of a stream that has ended', async () => {
    const server = await serve((_, response) => response.end('x'))
    const { signal } = new AbortController()
    const stream = await clientOf('').stream({ url: server.url, timeoutMs, signal })
    for await (const piece of stream.body) expect(String(piece)).toBe('x')
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('gives up when the headers do not come in time, and not when the body takes longer', async () => {
    const { server, responses } = await open()
    const silent = await serve(() => undefined)
    const client = clientOf('')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const late = failure(client.stream({ url: silent.url, timeoutMs: 3000 }))
      await vi.advanceTimersByTimeAsync(3000)
      expect(await late).toMatchObject({
        kind: 'timeout',
        message: `GET ${silent.url}: no complete answer within 3s`,
      })
      const stream = await client.stream({ url: server.url, timeoutMs: 3000 })
      const next = textOf(reader(stream).next())
      await vi.advanceTimersByTimeAsync(3_600_000)
      responses[0]?.write('after an hour')
      expect(await next).toBe('after an hour')
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('gives up when the body is silent for longer than it may be', async () => {
    const { server, responses } = await open()
    const client = clientOf('')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const stream = await client.stream({ url: server.url, timeoutMs, idleMs: 30_000 })
      const pieces = reader(stream)
      for (const text of ['a', 'b']) {
        const next = textOf(pieces.next())
        await vi.advanceTimersByTimeAsync(29_999)
        responses[0]?.write(text)
        expect(await next).toBe(text)
      }
      const next = failure(pieces.next())
      await vi.advanceTimersByTimeAsync(30_000)
      expect(await next).toMatchObject({
        kind: 'timeout',
        message: `GET ${server.url}: nothing has come for 30s`,
      })
    } finally {
      vi.useRealTimers()
    }
    await until(() => server.sockets.size === 0)
  })

  it('says that the connection was lost amid the body, also when it is read later', async () => {
    const { server, responses } = await open()
    const stream = await clientOf('').stream({ url: server.url, timeoutMs })
    responses[0]?.socket?.destroy()
    await until(() => server.sockets.size === 0)
    await new Promise((resolve) => setImmediate(resolve))
    const error = await failure(reader(stream).next())
    expect(error).toBeInstanceOf(HttpError)
    expect(error).toMatchObject({
      kind: 'connect',
      message: `GET ${server.url}: other side closed`,
    })
  })

  it('is sent again when a kept connection was lost before any answer', async () => {
    const server = await serve((_, response, count) => {
      if (count === 2) response.socket?.destroy()
      else response.end('ok')
    })
    const client = clientOf('')
    await client.request({ url: server.url, timeoutMs })
    const stream = await client.stream({ url: server.url, timeoutMs })
    expect(await textOf(reader(stream).next())).toBe('ok')
    expect(server.asked).toHaveLength(3)
  })

  it('fails when its client is closed, and when it is closed already', async () => {
    const { server } = await open()
    const client = clientOf('')
    const next = failure(reader(await client.stream({ url: server.url, timeoutMs })).next())
    await client.close()
    expect(await next).toMatchObject({ code: 'ERR_HTTP' })
    const closed = failure(client.stream({ url: server.url, timeoutMs }))
    expect(await closed).toMatchObject({ kind: 'closed' })
    await until(() => server.sockets.size === 0)
  })
})
