import { once } from 'node:events'
import net from 'node:net'
import { describe, it } from 'vitest'
import { shows } from './harness/endure.js'
import { ProbedDaemon } from './harness/probed-daemon.js'
import { noMoreThan } from './harness/vitals.js'

interface ClientFault {
  readonly fault: string
  readonly connections: number
  /** What each of the clients sends. */
  readonly text: string
  readonly shown: string
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
]

describe('the web server', () => {
  for (const { fault, connections, text, shown } of faults) {
    it(fault, async ({ task }) => {
      const rig = await ProbedDaemon.start("static_configs: [{targets: ['x:1']}]")
      await shows(rig, ['a'], ['x:1'])
      const vitals = await rig.vitals()
      const port = Number(new URL(rig.daemon.url).port)
      const sockets = Array.from({ length: connections }, () => net.connect(port, '127.0.0.1'))
      for (const socket of sockets) {
        socket.on('error', () => socket.destroy())
        socket.on('data', () => {})
      }
      await Promise.all(sockets.map(async (socket) => await once(socket, 'connect')))
      for (const socket of sockets) socket.write(text)

      await rig.reload(['a', 'b'])
      await shows(rig, ['a', 'b'], ['x:1'])

      for (const socket of sockets) socket.destroy()
      const ended = performance.now()
      await rig.reload(['a'])
      await shows(rig, ['a'], ['x:1'])
      const recoveryMs = performance.now() - ended
      await noMoreThan(vitals, () => rig.vitals())
      task.meta.faultRow = {
        part: 'web',
        fault,
        kept: 'all targets; other clients are answered',
        shown,
        recoveryMs,
      }
    })
  }
})
