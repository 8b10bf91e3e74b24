import { once } from 'node:events'
import { symlinkSync, unlinkSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'
import { describe, it } from 'vitest'
import { until, Workspace } from '../helpers/daemon.js'
import { pkiFile } from '../helpers/pki/index.js'
import { shows } from './harness/endure.js'
import { ProbedDaemon } from './harness/probed-daemon.js'
import { noMoreThan } from './harness/vitals.js'

interface ClientFault {
  readonly fault: string
  readonly connections: number
  /** What each of the clients sends. */
  readonly text: string | Buffer
  /** The server has a certificate, and the clients begin with a handshake for HTTP/2, or send what they send. */
  readonly tls?: 'handshake' | 'none'
  readonly shown: string
  readonly kept?: string
  readonly args?: readonly string[]
  /** The answer to a sender of a small alert meanwhile; left out: none is sent. */
  readonly relays?: number
}

const pipelined = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'

const faults: readonly ClientFault[] = [
  {
    fault: 'clients pipeline thousands of requests over each of twenty connections',
    connections: 20,
    text: pipelined.repeat(Math.floor(65_536 / pipelined.length)),
    shown: 'nothing is wrong: one request of a connection is answered at a time',
  },
  {
    fault: 'as many clients as there is room for connect and say nothing',
    connections: 512,
    text: '',
    shown: 'nothing is wrong: they make room for others that wait',
  },
  {
    fault: 'as many clients as there is room for send half a request',
    connections: 512,
    text: 'GET /-/healthy HTTP/1.1\r\nHost:',
    shown: 'nothing is wrong: they make room for others that wait',
  },
  {
    fault: 'three times as many clients as there is room for send half a request',
    connections: 1600,
    text: 'GET /-/healthy HTTP/1.1\r\nHost:',
    shown: 'nothing is wrong: the oldest are closed',
  },
  {
    fault: 'senders post alerts of 9 MB to the relay, over twenty connections',
    kept: 'all targets; other alerts are taken',
    shown: 'the answer: 400, an alert may have 1048576 characters',
    connections: 20,
    text: postOf(`[{"labels":{"alertname":"a","big":"${'x'.repeat(9e6)}"}}]`),
    args: ['--notifier.relay'],
    relays: 200,
  },
  {
    fault: 'six senders stop one byte before the end of posts of 10 MiB',
    kept: 'all targets; other alerts are taken',
    shown: 'nothing is wrong: they give way to others that have no room',
    connections: 6,
    text: postOf(' '.repeat((10 << 20) - 1), 1),
    args: ['--notifier.relay'],
    relays: 200,
  },
  {
    fault: 'a hundred senders post the first half of a list of alerts, and nothing more',
    kept: 'all targets; other alerts are taken',
    shown: 'nothing is wrong: each gets half a minute, and then 408',
    connections: 100,
    text: postOf('[{"labels":{"alertname":"a"}},', 1000),
    args: ['--notifier.relay'],
    relays: 200,
  },
  {
    fault: 'three times as many clients as there is room for send half a TLS handshake',
    connections: 1600,
    tls: 'none',
    text: Buffer.from('16030100c8010000c40303', 'hex'),
    shown: 'nothing is wrong: the oldest are closed',
  },
  {
    fault: 'twenty clients take back thousands of HTTP/2 requests each',
    connections: 20,
    tls: 'handshake',
    text: resets(5000),
    shown: 'a warning in the log: HTTP/2 sessions closed',
  },
]

/** An HTTP/2 session of requests that are taken back at once, with frames of RFC 9113. */
function resets(count: number): Buffer {
  const frames = ['505249202a20485454502f322e300d0a0d0a534d0d0a0d0a', '000000040000000000']
  for (let stream = 1; stream < 2 * count; stream += 2) {
    const id = stream.toString(16).padStart(8, '0')
    frames.push(`0000060105${id}828784410178`, `0000040300${id}00000008`)
  }
  return Buffer.from(frames.join(''), 'hex')
}

/** A web config with a certificate. */
const certified = `tls_server_config:
  cert_file: ${pkiFile('server1.pem')}
  key_file: ${pkiFile('server1.key')}
`

/** A post of alerts. @param more how many bytes of the body do not come */
function postOf(body: string, more = 0): string {
  const length = String(body.length + more)
  return `POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`
}

describe('the web config', () => {
  const fault = 'the web config becomes a link to a device without an end'

  it(fault, async ({ task }) => {
    const files = new Workspace()
    const name = 'web.yml'
    const good = 'http_server_config:\n  headers:\n    X-Frame-Options: deny\n'
    const args = [`--web.config.file=${files.write(name, good)}`]
    const rig = await ProbedDaemon.start("static_configs: [{targets: ['x:1']}]", files, args)
    await shows(rig, ['a'], ['x:1'])
    const vitals = await rig.vitals()
    const status = async (): Promise<number> => {
      const headers = { connection: 'close' }
      return (await fetch(`${rig.daemon.url}/-/healthy`, { headers })).status
    }

    unlinkSync(files.path(name))
    symlinkSync('/dev/zero', files.path(name))
    await until('requests are refused', async () => (await status()) === 500)
    await until('it is said', () => /not a regular file but a device/.test(rig.daemon.stderr))

    unlinkSync(files.path(name))
    files.write(name, good)
    const ended = performance.now()
    await until('requests are answered', async () => (await status()) === 200)
    await shows(rig, ['a'], ['x:1'])
    task.meta.faultRow = {
      part: 'web',
      fault,
      kept: 'all targets; requests are refused, as in Prometheus',
      shown: 'the answer: 500; the log: not a regular file but a device',
      recoveryMs: performance.now() - ended,
    }
    await noMoreThan(vitals, () => rig.vitals())
  })
})

describe('the web server', () => {
  for (const { fault, connections, text, shown, ...rest } of faults) {
    const { tls: kind, kept = 'all targets; other clients are answered', relays } = rest
    it(fault, async ({ task }) => {
      const files = new Workspace()
      const args = [...(rest.args ?? [])]
      if (kind !== undefined) args.push(`--web.config.file=${files.write('web.yml', certified)}`)
      const rig = await ProbedDaemon.start("static_configs: [{targets: ['x:1']}]", files, args)
      await shows(rig, ['a'], ['x:1'])
      const vitals = await rig.vitals()
      const port = Number(new URL(rig.daemon.url).port)
      const sockets = Array.from({ length: connections }, () =>
        kind === 'handshake'
          ? tls.connect({ port, rejectUnauthorized: false, ALPNProtocols: ['h2'] })
          : net.connect(port, '127.0.0.1'),
      )
      for (const socket of sockets) {
        socket.on('error', () => socket.destroy())
        socket.on('data', () => {})
      }
      await Promise.all(
        sockets.map(
          async (socket) => await once(socket, kind === 'handshake' ? 'secureConnect' : 'connect'),
        ),
      )
      for (const socket of sockets) socket.write(text)

      await rig.reload(['a', 'b'])
      await shows(rig, ['a', 'b'], ['x:1'])

      if (relays !== undefined) {
        await until('another sender is answered', async () => {
          const body = '[{"labels":{"alertname":"small"}}]'
          const headers = { 'content-type': 'application/json', connection: 'close' }
          const url = `${rig.daemon.url}/api/v2/alerts`
          return (await fetch(url, { method: 'POST', headers, body })).status === relays
        })
      }

      for (const socket of sockets) socket.destroy()
      const ended = performance.now()
      await rig.reload(['a'])
      await shows(rig, ['a'], ['x:1'])
      const recoveryMs = performance.now() - ended
      await noMoreThan(vitals, () => rig.vitals())
      task.meta.faultRow = {
        part: 'web',
        fault,
        kept,
        shown,
        recoveryMs,
      }
    })
  }
})
