import http from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'vitest'
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
