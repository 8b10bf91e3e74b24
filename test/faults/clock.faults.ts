import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'vitest'
import { FakeApiServer } from '../../bench/kubernetes-server.js'
import { until, Workspace } from '../helpers/daemon.js'
import { describeWithPeers } from '../helpers/peers.js'
import { endure } from './harness/endure.js'
import { ProbedDaemon } from './harness/probed-daemon.js'
import { RealConsul } from '../helpers/real-consul.js'
import { pass, status, TroubledProxy } from './harness/troubled-proxy.js'

const hour = 3_600_000
const kept = 'all targets; changes are followed at the same pace'

/** @param url of the API server; the selector tells a job beside from this one */
const sectionOf = (url: string): string =>
  `kubernetes_sd_configs: [{role: pod, api_server: '${url}', selectors: [{role: pod, field: 'spec.nodeName!=none1'}]}]`

for (const { ms, way } of [
  { ms: hour, way: 'forwards by an hour' },
  { ms: -hour, way: 'back by an hour' },
]) {
  describe(`the clock is set ${way}`, () => {
    it('while files are watched', async (context) => {
      const files = new Workspace()
      const list = (...targets: readonly string[]): string =>
        files.write('x.json', JSON.stringify([{ targets }]))
      list('x:1')
      const rig = await ProbedDaemon.start(
        `file_sd_configs: [{files: ['x.json'], refresh_interval: 5m}]`,
        files,
      )
      await endure(
        rig,
        {
          fault: `the clock is set ${way} while files are watched`,
          kept,
          mechanism: 'file',
          before: ['x:1'],
          async begin() {
            await rig.moveClock(ms)
            list('x:2')
          },
          during: ['x:2'],
          async end() {
            await rig.moveClock(-ms)
            list('x:3')
          },
          after: ['x:3'],
        },
        context,
      )
    })

    it('while a list of targets is on its way', async (context) => {
      const listed = { targets: ['x:1'] }
      const server = http.createServer((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify([listed]))
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      context.onTestFinished(() => {
        server.close()
      })
      const { port } = server.address() as AddressInfo
      const proxy = await TroubledProxy.start(`127.0.0.1:${String(port)}`)
      context.onTestFinished(() => proxy.stop())
      const rig = await ProbedDaemon.start(
        `http_sd_configs: [{url: 'http://${proxy.address}/', refresh_interval: 5s}]`,
      )
      const jumpInAPoll = async (by: number): Promise<void> => {
        let asked = 0
        proxy.set(() => {
          asked += 1
        })
        await until('a request is on its way', () => asked > 0)
        await rig.moveClock(by)
        proxy.set(pass)
      }
      await endure(
        rig,
        {
          fault: `the clock is set ${way} while a request for targets is on its way`,
          kept,
          mechanism: 'http',
          before: ['x:1'],
          async begin() {
            await jumpInAPoll(ms)
            listed.targets = ['x:2']
          },
          during: ['x:2'],
          async end() {
            await jumpInAPoll(-ms)
            listed.targets = ['x:3']
          },
          after: ['x:3'],
        },
        context,
      )
    })
  })

  describe(`the clock is set ${way} (Kubernetes)`, () => {
    it('while pods are watched', async (context) => {
      const pods = '/api/v1/pods'
      const fake = await FakeApiServer.listen()
      context.onTestFinished(() => fake.close())
      const put = (podIP: string): void => {
        const ports = [{ containerPort: 1 }]
        fake.put(pods, {
          metadata: { name: 'pod', namespace: 'default' },
          spec: { containers: [{ name: 'main', image: 'main:1', ports }] },
          status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }] },
        })
      }
      put('127.1.0.1')
      const rig = await ProbedDaemon.start(sectionOf(fake.url))
      await endure(
        rig,
        {
          fault: `the clock is set ${way} while pods are watched, and the watch is cut`,
          kept,
          mechanism: 'kubernetes',
          before: ['127.1.0.1:1'],
          async begin() {
            await rig.moveClock(ms)
            fake.cut()
            put('127.1.0.2')
          },
          during: ['127.1.0.2:1'],
          async end() {
            await rig.moveClock(-ms)
            put('127.1.0.3')
          },
          after: ['127.1.0.3:1'],
        },
        context,
      )
    })
  })

  describeWithPeers(`the clock is set ${way} (Consul)`, ['consul'], () => {
    it('while Consul is out', async (context) => {
      const consul = await RealConsul.start()
      context.onTestFinished(() => consul.stop())
      await consul.register('a:1')
      const proxy = await TroubledProxy.start(consul.address)
      context.onTestFinished(() => proxy.stop())
      const rig = await ProbedDaemon.start(
        `consul_sd_configs: [{server: '${proxy.address}', tags: [t], refresh_interval: 30s}]`,
      )
      await endure(
        rig,
        {
          fault: `the clock is set ${way} while Consul answers 503`,
          kept: 'all targets',
          mechanism: 'consul',
          before: ['a:1'],
          async begin() {
            proxy.set(status(503))
            await rig.moveClock(ms)
          },
          says: /Consul answered 503/,
          async end() {
            await consul.register('a:2')
            proxy.set(pass)
          },
          after: ['a:1', 'a:2'],
        },
        context,
      )
    })
  })
}
