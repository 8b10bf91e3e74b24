import http from 'node:http'
import net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { once } from 'node:events'
import { firstValueFrom, Subject, take, toArray } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import type { ReloadResult } from '../../../src/reload/index.js'
import { Hono } from 'hono'
import { silentLogger } from '../../../src/telemetry/index.js'
import type { WebEnv } from '../../../src/web/context.js'
import { WebServer } from '../../../src/web/index.js'
import { pool, request, type Served, serve, type ServeOptions, sources } from '../helpers.js'

let served: Served | undefined
afterEach(async () => {
  await served?.stop()
  served = undefined
})

/** A connection that says what it is told, and everything it heard once it is closed. */
async function dial(
  port: number,
  text = '',
): Promise<{ socket: net.Socket; heard: Promise<string> }> {
  const socket = net.connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => socket.destroy())
  const heard = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(Buffer.concat(chunks).toString()))
  })
  await once(socket, 'connect')
  await new Promise((resolve) => socket.write(text, resolve))
  return { socket, heard }
}

const never = (): Promise<ReloadResult> => new Promise(() => {})
const finished = { causes: [], startedAt: 0, durationMs: 0, fingerprint: undefined }
const done: ReloadResult = { ...finished, ok: true, reasons: [], parts: [], changes: [] }
const hello = 'GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n'

describe('listening', () => {
  it('takes several addresses, and says the real ports', async () => {
    served = await serve(sources(), { listenAddresses: ['127.0.0.1:0', '[::1]:0'] })
    const { addresses } = served.server
    expect(addresses.map((address) => address.replace(/:\d+$/, ''))).toEqual(['127.0.0.1', '[::1]'])
    for (const address of addresses) {
      expect(address).not.toMatch(/:0$/)
      expect((await request(`http://${address}/-/healthy`)).status).toBe(200)
    }
  })

  it('says which address cannot be had, and opens none', async () => {
    const taken = await serve(sources())
    const address = `127.0.0.1:${String(taken.port)}`
    await expect(
      serve(sources(), { listenAddresses: ['127.0.0.1:0', address] }),
    ).rejects.toMatchObject({
      code: 'ERR_WEB_LISTEN',
      message: expect.stringMatching(`Unable to start web listener on ${address}: .*EADDRINUSE`),
    })
    await taken.stop()
  })

  it('leaves nothing open after it was interrupted before it began', async () => {
    const one = await serve(sources())
    await one.stop()
    await expect(request(`${one.base}/-/healthy`)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(one.server.addresses).toEqual([])
  })
})

describe('stopping', () => {
  it('closes what listens when it is interrupted without having been executed', async () => {
    const server = new WebServer({
      app: new Hono<WebEnv>(),
      logger: silentLogger,
      listenAddresses: ['127.0.0.1:0'],
      readTimeoutMs: 1000,
      maxConnections: 1,
    })
    await server.listen()
    expect(server.addresses).toHaveLength(1)
    await server.interrupt()
    expect(server.addresses).toEqual([])
    await server.execute()
  })

  it('opens nothing when it was interrupted before', async () => {
    const server = new WebServer({
      app: new Hono<WebEnv>(),
      logger: silentLogger,
      listenAddresses: ['127.0.0.1:0'],
      readTimeoutMs: 1000,
      maxConnections: 1,
    })
    await server.interrupt()
    await server.listen()
    expect(server.addresses).toEqual([])
  })

  it('lets an answer under way finish, and closes idle connections at once', async () => {
    const reloads = new Subject<(result: ReloadResult) => void>()
    const reload = (): Promise<ReloadResult> => new Promise((finish) => reloads.next(finish))
    const begun = firstValueFrom(reloads)
    const one = await serve(sources([], { reload }), { enableLifecycle: true, drainMs: 10_000 })
    const idle = await dial(one.port, hello)
    await once(idle.socket, 'data')
    const answer = one.request('/-/reload', { method: 'POST' })
    const finish = await begun
    const stopped = one.stop()
    await idle.heard
    finish(done)
    expect((await answer).status).toBe(200)
    await stopped
  })

  it('does not wait for an answer that takes too long', async () => {
    const one = await serve(sources([], { reload: never }), {
      enableLifecycle: true,
      drainMs: 1,
    })
    const answer = one.request('/-/reload', { method: 'POST' })
    const failed = expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' })
    // Another request after it: the first one has been read by then.
    await one.request('/-/healthy')
    await one.stop()
    await failed
  })
})

describe('connections', () => {
  const post = 'POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'
  const busyServer = async (options: ServeOptions = {}) => {
    const reloads = new Subject<(result: ReloadResult) => void>()
    const reload = (): Promise<ReloadResult> => new Promise((finish) => reloads.next(finish))
    const begun = firstValueFrom(reloads.pipe(take(2), toArray()))
    served = await serve(sources([], { reload }), {
      maxConnections: 2,
      enableLifecycle: true,
      drainMs: 1,
      ...options,
    })
    const busy = [await dial(served.port, post), await dial(served.port, post)]
    return { busy, finish: await begun, port: served.port }
  }

  it('wait beyond the limit while all are busy', async () => {
    const { busy, finish, port } = await busyServer()
    const third = await dial(port, hello)
    // One more that waits: the third has been taken by then.
    const fourth = await dial(port, hello)
    await expect.poll(() => served?.server.connectionCount).toBe(4)
    expect(third.socket.bytesRead).toBe(0)
    finish[0]?.(done)
    await once(third.socket, 'data')
    await once(fourth.socket, 'data')
    // The first one, idle, made room for the third, and that one for the fourth.
    expect(await third.heard).toContain('200 OK')
    expect(busy[1]?.socket.bytesRead).toBe(0)
    finish[1]?.(done)
    await once(busy[1]?.socket ?? third.socket, 'data')
  })

  it('are refused where too many wait already', async () => {
    const { busy, port } = await busyServer({ maxWaiting: 1 })
    const third = await dial(port, hello)
    await expect.poll(() => served?.server.connectionCount).toBe(3)
    // It was written before it was taken, so that it is read in one of the next turns.
    for (let turns = 0; turns < 5; turns += 1) await turn()
    const fourth = await dial(port, hello)
    expect(await fourth.heard).toBe('')
    for (const { socket } of [...busy, third]) {
      expect(socket.closed).toBe(false)
      socket.destroy()
    }
  })

  it.each([
    ['nothing', ''],
    ['half a request', 'GET /-/heal'],
    ['half a second request', `${hello}GET /-/heal`],
  ])('do not keep out new ones when they have sent %s', async (_title, text) => {
    served = await serve(sources(), { maxConnections: 2 })
    const { socket } = await dial(served.port, text)
    const other = await dial(served.port, text)
    expect((await served.request('/-/healthy')).status).toBe(200)
    socket.destroy()
    other.socket.destroy()
  })

  it('make way for new ones when they idle', async () => {
    served = await serve(sources(), { maxConnections: 1 })
    const first = await dial(served.port, hello)
    await once(first.socket, 'data')
    expect((await served.request('/-/healthy')).status).toBe(200)
    expect(await first.heard).toContain('200 OK')
  })

  it('are closed when the headers do not come', async () => {
    served = await serve(sources(), { readTimeoutMs: 200 })
    const slow = await dial(served.port, 'GET /-/healthy HTTP/1.1\r\nHost:')
    expect(await slow.heard).toContain('408 Request Timeout')
  })

  it('are closed when the client does not read the answer', async () => {
    const long = Array.from({ length: 500 }, () => `"${'x'.repeat(100_000)}"`)
    served = await serve(sources([pool('a', { active: long })]), { readTimeoutMs: 200 })
    const stalled = net.connect(served.port, '127.0.0.1')
    stalled.on('error', () => stalled.destroy())
    stalled.write('GET /api/v1/targets HTTP/1.1\r\nHost: x\r\n\r\n')
    stalled.pause()
    await once(stalled, 'connect')
    const count = () => served?.server.connectionCount
    await expect.poll(count, { timeout: 10_000 }).toBe(1)
    await expect.poll(count, { timeout: 10_000 }).toBe(0)
    stalled.destroy()
  })

  it.each([
    [
      'headers that are too long',
      `GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(70_000)}\r\n\r\n`,
      '431',
    ],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', '400'],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', '400'],
    [
      'two Hosts',
      'GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n',
      '400 Bad Request: too many Host headers',
    ],
    [
      'a Host of other letters',
      'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n',
      '400 Bad Request: malformed Host header',
    ],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      '400',
    ],
    ['nonsense', '\u0000\r\n\r\n', '400'],
  ])('with %s are answered %s', async (_title, text, status) => {
    served = await serve(sources())
    const { heard } = await dial(served.port, text)
    expect(await heard).toContain(`HTTP/1.1 ${status}`)
  })

  it('answer several requests one after the other', async () => {
    served = await serve(sources())
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    for (let i = 0; i < 3; i += 1) await served.request('/-/healthy', { agent })
    const close = { agent, headers: { Connection: 'close' } }
    expect((await served.request('/-/healthy', close)).headers.connection).toBe('close')
    agent.destroy()
  })
})
