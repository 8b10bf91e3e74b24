import http2 from 'node:http2'
import tls from 'node:tls'
import { gunzipSync } from 'node:zlib'
import { firstValueFrom, Subject } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import type { ReloadResult } from '../../../src/reload/index.js'
import type { RequestListener } from '../../../src/web/index.js'
import { pki } from '../../helpers/pki/index.js'
import { pool, type Served, serve, sources } from '../helpers.js'

let served: Served | undefined
let session: http2.ClientHttp2Session | undefined
afterEach(async () => {
  session?.destroy()
  await served?.stop()
  served = undefined
})

const createServer = (_limits: unknown, listener: RequestListener): http2.Http2SecureServer =>
  http2.createSecureServer(
    { key: pki('server1.key'), cert: pki('server1.pem'), allowHTTP1: true },
    listener as never,
  )

/** A frame of RFC 9113. */
function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** One request over a session, its answer as bytes. */
async function ask(headers: http2.OutgoingHttpHeaders) {
  if (session === undefined) throw new Error('no session')
  const stream = session.request(headers)
  let answered: http2.IncomingHttpHeaders = {}
  stream.once('response', (got) => {
    answered = got
  })
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
  return { headers: answered, raw: Buffer.concat(chunks) }
}

describe('over HTTP/2', () => {
  const long = Array.from({ length: 200 }, (_, i) => `"${String(i)}${'x'.repeat(20_000)}"`)

  it.each([
    ['as it is', undefined, (raw: Buffer) => raw],
    ['compressed', 'gzip', gunzipSync],
  ])('a long body arrives %s, and the server stops at once', async (_title, accept, unpack) => {
    served = await serve(sources([pool('a', { active: long })]), { createServer })
    session = http2.connect(`https://127.0.0.1:${String(served.port)}`, {
      rejectUnauthorized: false,
    })
    const headers = accept === undefined ? {} : { 'accept-encoding': accept }
    // The second time it comes from the cache.
    for (const _ of [1, 2]) {
      const answer = await ask({ ':path': '/api/v1/targets?state=active', ...headers })
      expect(answer.headers[':status']).toBe(200)
      expect(answer.headers['content-encoding']).toBe(accept)
      const { data } = JSON.parse(unpack(answer.raw).toString()) as {
        data: { activeTargets: string[] }
      }
      expect(data.activeTargets).toEqual(long.map((text) => JSON.parse(text)))
    }
    const { raw } = await ask({ ':path': '/metrics' })
    expect(raw.toString()).toMatch(/requests_total{handler="\/api\/v1\/targets",code="200"} 2/)
    const missing = await ask({ ':path': '/http_sd/b' })
    expect(missing.headers[':status']).toBe(404)
    const closed = new Promise((resolve) => session?.once('close', resolve))
    await served.stop()
    await closed
  })

  it('an idle session makes room for a new one, and hears that it is over', async () => {
    served = await serve(sources(), { createServer, maxConnections: 1 })
    const authority = `https://127.0.0.1:${String(served.port)}`
    const first = http2.connect(authority, { rejectUnauthorized: false })
    session = first
    await ask({ ':path': '/-/healthy' })
    const goaway = new Promise((resolve) => first.once('goaway', resolve))
    session = http2.connect(authority, { rejectUnauthorized: false })
    const answer = await ask({ ':path': '/-/healthy' })
    expect(answer.headers[':status']).toBe(200)
    expect(await goaway).toBe(http2.constants.NGHTTP2_NO_ERROR)
  })

  it.each<[string, readonly (readonly [type: number, flags: number, payload: string])[]]>([
    // HEADERS with `GET / HTTP/2` of RFC 7541, then RST_STREAM.
    [
      'requests that are taken back',
      [
        [1, 5, '828784410178'],
        [3, 0, '00000008'],
      ],
    ],
    ['pings', [[6, 0, '0000000000000000']]],
    ['settings', [[4, 0, '']]],
    ['priorities', [[2, 0, '0000000001']]],
    ['window updates of a byte', [[8, 0, '00000001']]],
    ['frames of an unknown type', [[0x77, 0, '00']]],
  ])(
    'a session that sends %s by the thousand is closed, and others are answered',
    async (_title, frames) => {
      served = await serve(sources(), { createServer })
      const options = { port: served.port, rejectUnauthorized: false, ALPNProtocols: ['h2'] }
      const socket = tls.connect(options)
      let stream = 1
      const flood = (): void => {
        const sent: Buffer[] = []
        for (let i = 0; i < 500; i += 1, stream += 2) {
          for (const [type, flags, payload] of frames) {
            const onStream = type <= 3
            sent.push(frame(type, flags, onStream ? stream : 0, Buffer.from(payload, 'hex')))
          }
        }
        // The next when these are with the system, and those that follow are done.
        socket.write(Buffer.concat(sent), (error) => {
          if (!error && !socket.destroyed) setImmediate(flood)
        })
      }
      const closed = new Promise((resolve) => socket.once('close', resolve))
      socket.on('error', () => {}).resume()
      socket.write(
        Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]),
        flood,
      )
      await closed
      session = http2.connect(`https://127.0.0.1:${String(served.port)}`, {
        rejectUnauthorized: false,
      })
      expect((await ask({ ':path': '/-/healthy' })).headers[':status']).toBe(200)
    },
  )

  it('a session in the middle of an answer makes no room', async () => {
    const reloads = new Subject<(result: ReloadResult) => void>()
    const reload = (): Promise<ReloadResult> => new Promise((finish) => reloads.next(finish))
    const begun = firstValueFrom(reloads)
    const enableLifecycle = true
    served = await serve(sources([], { reload }), {
      createServer,
      maxConnections: 1,
      enableLifecycle,
    })
    const authority = `https://127.0.0.1:${String(served.port)}`
    const first = http2.connect(authority, { rejectUnauthorized: false })
    session = first
    const reloaded = ask({ ':path': '/-/reload', ':method': 'POST' })
    const finish = await begun
    session = http2.connect(authority, { rejectUnauthorized: false })
    const waiting = ask({ ':path': '/-/healthy' })
    await expect.poll(() => served?.server.connectionCount).toBe(2)
    finish({
      causes: [],
      startedAt: 0,
      durationMs: 0,
      fingerprint: undefined,
      ok: true,
      reasons: [],
      parts: [],
      changes: [],
    })
    expect((await reloaded).headers[':status']).toBe(200)
    expect((await waiting).headers[':status']).toBe(200)
  })
})
