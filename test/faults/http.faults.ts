import { symlinkSync, unlinkSync } from 'node:fs'
import http from 'node:http'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { brotliCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { Workspace } from '../helpers/daemon.js'
import { endure, type Fault } from './harness/endure.js'
import { ProbedDaemon } from './harness/probed-daemon.js'
import {
  drip,
  endless,
  half,
  instead,
  pass,
  status,
  type Trouble,
  TroubledProxy,
} from './harness/troubled-proxy.js'

interface HttpFault extends Pick<Fault, 'fault'> {
  readonly says: RegExp
  readonly trouble: Trouble
}

const json = { 'content-type': 'application/json' }

const faults: readonly HttpFault[] = [
  {
    fault: 'the server answers with another content type',
    says: /unsupported content type/,
    trouble: instead({ 'content-type': 'text/html' }, '[]'),
  },
  {
    fault: 'the server sends a body without an end, as fast as it is taken',
    says: /no complete answer|larger than/,
    trouble: endless,
  },
  {
    fault: 'the server sends one byte at a time, for ever',
    says: /no complete answer/,
    trouble: drip,
  },
  {
    fault: 'the server hangs up in the middle of a body',
    says: /closed|aborted|terminated|cut/i,
    trouble: half,
  },
  { fault: 'the server answers 500', says: /500/, trouble: status(500) },
  {
    fault: 'the server answers 429 and asks for two seconds',
    says: /429/,
    trouble: status(429, { 'retry-after': '2' }),
  },
  {
    fault: 'the server answers half of the JSON as if it were all',
    says: /./,
    trouble: instead(json, '[{"targets": ["x:1"'),
  },
  {
    fault: 'the server packs its answers with Brotli, which muster did not ask for',
    says: /packed as .*br/,
    trouble: ({ response }) => {
      response
        .writeHead(200, { ...json, 'content-encoding': 'br' })
        .end(brotliCompressSync('[{"targets": ["x:1"]}]'))
    },
  },
  {
    fault: 'the server speaks TLS on its port now',
    says: /answered with TLS/,
    // An alert: "protocol version".
    trouble: ({ response }) => void response.socket?.end('\x15\x03\x01\x00\x02\x02\x46', 'latin1'),
  },
  {
    fault: 'the server sends headers without an end',
    says: /headers of the answer are more than/,
    trouble: ({ response: { socket } }) => {
      socket?.write('HTTP/1.1 200 OK\r\n')
      const header = `X-Again: ${'a'.repeat(1000)}\r\n`
      const more = (): void => void socket?.write(header, (error) => error ?? setImmediate(more))
      more()
    },
  },
  {
    fault: 'the server answers JSON of the wrong shape',
    says: /./,
    trouble: instead(json, '{"targets": "x:1"}'),
  },
]

describe('a server of target lists', () => {
  const listed: { targets: readonly string[] } = { targets: [] }
  const server = http.createServer((_, response) => {
    response.writeHead(200, json)
    response.end(JSON.stringify([{ targets: listed.targets }]))
  })
  const state: { proxy?: TroubledProxy } = {}
  beforeEach(async () => {
    listed.targets = ['x:1']
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    state.proxy = await TroubledProxy.start(`127.0.0.1:${String(port)}`)
  })
  afterEach(async () => {
    await state.proxy?.stop()
    server.close()
  })

  for (const { trouble, ...fault } of faults) {
    it(fault.fault, async (context) => {
      const { proxy } = state
      if (proxy === undefined) throw new Error('no proxy')
      const rig = await ProbedDaemon.start(
        `http_sd_configs: [{url: 'http://${proxy.address}/', refresh_interval: 2s}]`,
      )
      await endure(
        rig,
        {
          ...fault,
          kept: 'all targets',
          mechanism: 'http',
          before: ['x:1'],
          begin: () => proxy.set(trouble),
          end() {
            listed.targets = ['x:2', 'y:1']
            proxy.set(pass)
          },
          after: ['x:2', 'y:1'],
        },
        context,
      )
    })
  }
})

describe('the password for a server of target lists', () => {
  it('comes from a file that becomes a link to a device without an end', async (context) => {
    let targets = ['x:1']
    const lists = http.createServer((request, response) => {
      const isKnown = request.headers.authorization === `Basic ${btoa('me:secret')}`
      response.writeHead(isKnown ? 200 : 401, { ...json, connection: 'close' })
      response.end(JSON.stringify([{ targets }]))
    })
    lists.listen(0, '127.0.0.1')
    await once(lists, 'listening')
    onTestFinished(() => void lists.close())
    const { port } = lists.address() as AddressInfo
    const files = new Workspace()
    files.write('password', 'secret')
    const rig = await ProbedDaemon.start(
      `http_sd_configs: [{url: 'http://127.0.0.1:${String(port)}/', basic_auth: {username: me, password_file: password}, refresh_interval: 2s}]`,
      files,
    )
    await endure(
      rig,
      {
        fault: 'the password file becomes a link to a device without an end',
        kept: 'all targets',
        says: /not a regular file/,
        mechanism: 'http',
        before: targets,
        begin() {
          unlinkSync(files.path('password'))
          symlinkSync('/dev/zero', files.path('password'))
        },
        end() {
          unlinkSync(files.path('password'))
          files.write('password', 'secret')
          targets = ['x:2', 'y:1']
        },
        after: ['x:2', 'y:1'],
      },
      context,
    )
  })
})

/** A SOCKS5 proxy to one port on loopback; it can stop in the middle of an answer. */
async function startSocks(
  port: number,
): Promise<{ server: net.Server; state: { stopAfter: number } }> {
  const state = { stopAfter: Infinity }
  const answers = [Buffer.of(5, 0), Buffer.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0)]
  const server = net.createServer((client) => {
    let said = 0
    client.on('error', () => undefined)
    const answer = (): void => {
      const [next, ...rest] = answers.slice(said)
      if (next === undefined) return
      const before = answers.slice(0, said).reduce((sum, each) => sum + each.length, 0)
      client.write(next.subarray(0, Math.max(0, state.stopAfter - before)))
      said += 1
      if (rest.length > 0) return
      client.off('data', answer)
      if (state.stopAfter < 12) return
      const behind = net.connect(port, '127.0.0.1')
      behind.on('error', () => client.destroy())
      client.on('close', () => behind.destroy())
      behind.pipe(client).pipe(behind)
    }
    client.on('data', answer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, state }
}

describe('a SOCKS5 proxy before a server of target lists', () => {
  for (const bytes of [1, 7]) {
    it(`stops after byte ${String(bytes)} of its answers`, async (context) => {
      let targets = ['x:1']
      const lists = http.createServer((_, response) => {
        response.writeHead(200, { ...json, connection: 'close' })
        response.end(JSON.stringify([{ targets }]))
      })
      lists.listen(0, '127.0.0.1')
      await once(lists, 'listening')
      const { server, state } = await startSocks((lists.address() as AddressInfo).port)
      onTestFinished(() => {
        lists.close()
        server.close()
      })
      const proxy = `socks5://127.0.0.1:${String((server.address() as AddressInfo).port)}`
      const rig = await ProbedDaemon.start(
        `http_sd_configs: [{url: 'http://lists.test/', proxy_url: '${proxy}', refresh_interval: 2s}]`,
      )
      await endure(
        rig,
        {
          fault: `the SOCKS5 proxy stops after byte ${String(bytes)} of its answers`,
          kept: 'all targets',
          says: /no complete answer|did not answer/,
          mechanism: 'http',
          before: targets,
          begin() {
            state.stopAfter = bytes
          },
          end() {
            state.stopAfter = Infinity
            targets = ['x:2', 'y:1']
          },
          after: ['x:2', 'y:1'],
        },
        context,
      )
      state.stopAfter = bytes
      await once(server, 'connection')
      rig.daemon.kill('SIGTERM')
      expect(await rig.daemon.exited).toEqual({ code: 0, signal: null })
    })
  }
})
