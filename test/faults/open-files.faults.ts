import { execFileSync } from 'node:child_process'
import { once, setMaxListeners } from 'node:events'
import { readdirSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { until, Workspace } from '../helpers/daemon.js'
import { shows } from './harness/endure.js'
import { configOf, ProbedDaemon } from './harness/probed-daemon.js'
import { timeless } from './harness/row.js'
import { noMoreThan } from './harness/vitals.js'

const fault = 'clients hold as many connections as the limit of open files leaves room for'
const section = `file_sd_configs: [{files: ['x.json']}]`
const says = /EMFILE: too many open files|too many open files/

/** Asks over one connection that stays open: a new one would need a file at the daemon. */
function over(agent: http.Agent, url: string): ProbedDaemon['ask'] {
  return async (method, route) => {
    const request = http.request(`${url}${route}`, { method, agent })
    request.end()
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    return { status: response.statusCode ?? 0, body: await text(response) }
  }
}

/** Clients that stay connected, and come back when they are refused. @returns what ends them */
function crowd(port: number, count: number): () => void {
  const ended = new AbortController()
  setMaxListeners(count, ended.signal)
  const enter = (): void => {
    if (ended.signal.aborted) return
    const socket = net.connect(port, '127.0.0.1')
    socket.write('GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n')
    socket.on('error', () => undefined).on('data', () => undefined)
    const leave = (): void => void socket.destroy()
    ended.signal.addEventListener('abort', leave)
    socket.once('close', () => {
      ended.signal.removeEventListener('abort', leave)
      setTimeout(enter, 20)
    })
  }
  for (let i = 0; i < count; i += 1) enter()
  return () => ended.abort()
}

it(fault, async ({ task }) => {
  const files = new Workspace()
  const list = (...targets: readonly string[]): string =>
    files.write('x.json', JSON.stringify([{ targets }]))
  list('x:1')
  const rig = await ProbedDaemon.start(section, files)
  await shows(rig, ['a'], ['x:1'])
  const vitals = await rig.vitals()

  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const ask = over(agent, rig.daemon.url)
  const targets = async (): Promise<string> => (await ask('GET', '/api/v1/targets')).body
  expect(await targets()).toContain('"x:1"')
  const logged = rig.log().length
  const process = String(rig.daemon.child.pid)
  const limit = readdirSync(`/proc/${process}/fd`).length + 10
  execFileSync('prlimit', [`--pid=${process}`, `--nofile=${String(limit)}:`])
  const end = crowd(Number(new URL(rig.daemon.url).port), 30)
  onTestFinished(end)

  let shown = ''
  await until('a reload is refused for it', async () => {
    const { status, body } = await ask('POST', '/-/reload')
    shown = body
    return status === 500 && says.test(body)
  })
  await until('the provider says so', async () => {
    list('x:2')
    const { body } = await ask('GET', '/api/v1/providers')
    return says.test(body) && body.includes('"failing"')
  })
  expect(rig.log().slice(logged)).toMatch(says)
  expect(await targets()).toContain('"x:1"')

  end()
  agent.destroy()
  const ended = performance.now()
  list('x:3')
  await shows(rig, ['a'], ['x:3'])
  await rig.reloadWith(configOf(['a', 'b'], section))
  await shows(rig, ['a', 'b'], ['x:3'])
  await until('the provider is well', async () =>
    (await rig.providers()).every(({ state }) => state === 'running'),
  )
  const recoveryMs = performance.now() - ended
  await rig.reloadWith(configOf(['a'], section))
  await shows(rig, ['a'], ['x:3'])
  await noMoreThan(vitals, () => rig.vitals())
  task.meta.faultRow = {
    part: 'open files',
    fault,
    kept: 'the config and all targets; who is connected is answered',
    shown: timeless(shown),
    recoveryMs,
  }
})
