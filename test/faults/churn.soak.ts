import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { Workspace } from '../helpers/daemon.js'
import { describeWithPeers } from '../helpers/peers.js'
import { Churn, sectionOf } from './harness/churn.js'
import { shows } from './harness/endure.js'
import { ProbedDaemon } from './harness/probed-daemon.js'
import { RealConsul } from '../helpers/real-consul.js'
import type { Sample } from './harness/row.js'
import { TroubledProxy } from './harness/troubled-proxy.js'
import { noMoreThan } from './harness/vitals.js'

const minutes = Number(process.env['MUSTER_SOAK_MINUTES'] ?? '10')
/** Idle connections are kept for five minutes, as in Go. */
const settleMs = 400_000
const stepMs = 30

describeWithPeers('a daemon under churn', ['consul'], () => {
  it(
    `holds no more after ${String(minutes)} minutes than before`,
    async (context) => {
      const { rig, churn } = await start(context.onTestFinished)
      // Code gets compiled and caches get full before anything is measured.
      await churnFor(churn, Math.max(10_000, minutes * 6_000), rig)
      await churn.calm()
      await shows(rig, ['a'], churn.hosts)
      const before = await rig.vitals()
      const samples: Sample[] = [await sample(rig, churn, 0)]
      for (let minute = 1; minute <= minutes; minute += 1) {
        await churnFor(churn, 60_000, rig)
        samples.push(await sample(rig, churn, minute))
      }
      await churn.calm()
      await shows(rig, ['a'], churn.hosts)
      samples.push(await sample(rig, churn, 'calm'))
      context.task.meta.soak = samples
      await noMoreThan(before, () => rig.vitals(), { deadlineMs: settleMs })
      samples.push(await sample(rig, churn, 'idle'))
      context.task.meta.soak = samples
      expect(churn.done.changes).toBeGreaterThan(minutes * 100)
    },
    minutes * 70_000 + 2 * settleMs,
  )
})

async function start(
  finished: (free: () => void | Promise<void>) => void,
): Promise<{ readonly rig: ProbedDaemon; readonly churn: Churn }> {
  const consul = await RealConsul.start()
  finished(() => consul.stop())
  const listed = { targets: [] as readonly string[] }
  const server = http.createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify([listed]))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  finished(() => {
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const proxies = [
    await TroubledProxy.start(consul.address),
    await TroubledProxy.start(`127.0.0.1:${String(port)}`),
  ] as const
  for (const proxy of proxies) finished(() => proxy.stop())
  const files = new Workspace()
  mkdirSync(files.path('sd'))
  const rig = await ProbedDaemon.start(sectionOf(proxies[0].address, proxies[1].address), files)
  const churn = new Churn({ rig, consul, proxies, files, listed }, seeded(7))
  await churn.calm()
  await shows(rig, ['a'], churn.hosts)
  return { rig, churn }
}

/** Steps at a steady pace, with somebody who reads the API meanwhile. */
async function churnFor(churn: Churn, ms: number, rig: ProbedDaemon): Promise<void> {
  const end = performance.now() + ms
  for (let step = 0; performance.now() < end; step += 1) {
    await churn.step()
    if (step % 10 === 0) {
      await rig.targets()
      await rig.ask('GET', '/http_sd/a')
      await rig.metrics()
    }
    await new Promise((resolve) => setTimeout(resolve, stepMs))
  }
}

async function sample(rig: ProbedDaemon, churn: Churn, at: number | string): Promise<Sample> {
  const { handles, files, memory } = await rig.vitals()
  const resident = /^process_resident_memory_bytes (\S+)$/m.exec(await rig.metrics())?.[1]
  return {
    at: typeof at === 'number' ? `${String(at)} min` : at,
    ...churn.done,
    memoryMb: memory / 1e6,
    residentMb: Number(resident) / 1e6,
    files,
    timers: handles['Timeout'] ?? 0,
  }
}

/** The same numbers in [0, 1) each time: a linear congruential generator. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
