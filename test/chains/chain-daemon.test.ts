import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { listen } from '../helpers/listen.js'
import { describeWithPeers } from '../helpers/peers.js'
import { RealConsul } from '../helpers/real-consul.js'

interface Shown {
  readonly providers: readonly {
    readonly name: string
    readonly state: string
    readonly sets: readonly string[]
    readonly staleSince: string | null
    readonly lastError: { readonly message: string } | null
  }[]
}

/** A server that finds targets. */
class FoundServer {
  /** What it answers; undefined for an error. */
  targets: readonly string[] | undefined
  requests = 0
  readonly port: number

  private constructor(port: number, targets: readonly string[]) {
    this.port = port
    this.targets = targets
  }

  static async start(...targets: readonly string[]): Promise<FoundServer> {
    let found: FoundServer | undefined
    const { port } = await listen(
      createServer((_, response) => {
        if (found !== undefined) found.requests += 1
        response.statusCode = found?.targets === undefined ? 500 : 200
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify([{ targets: found?.targets ?? [], labels: { from: 'sd' } }]))
      }),
    )
    found = new FoundServer(port, targets)
    return found
  }
}

const list = async (daemon: Daemon): Promise<string> => {
  const { status, text } = await daemon.get('/http_sd/apps')
  if (status !== 200) return `${String(status)} ${text.trim()}`
  const groups = JSON.parse(text) as readonly { readonly targets: readonly string[] }[]
  return groups
    .flatMap(({ targets }) => targets)
    .sort()
    .join(' ')
}
const states = async (daemon: Daemon): Promise<readonly string[]> =>
  (await daemon.api<Shown>('/providers')).providers.map(
    ({ name, state, sets }) => `${name} ${state} ${sets.join(' ')}`,
  )

describeWithPeers('chains over a real Consul', ['consul'], () => {
  let workspace: Workspace
  let consul: RealConsul
  const daemons: Daemon[] = []

  beforeEach(async () => {
    workspace = new Workspace()
    consul = await RealConsul.start({ keeps: true })
  })
  afterEach(async () => {
    for (const daemon of daemons.splice(0)) await daemon.stop()
    await consul.stop()
    workspace.remove()
  })

  const chains = (more = ''): string => `
chains:
  - job: apps
    from:
      consul_sd_configs: [{server: '${consul.address}', services: [api], refresh_interval: 100ms}]
    each:
      http_sd_configs: [{url: 'http://{{__address__}}/sd', refresh_interval: 200ms}]
    labels: {server: '{{__address__}}'}
${more}`

  async function start(...args: readonly string[]): Promise<Daemon> {
    const config = workspace.write('prometheus.yml', 'scrape_configs: [{job_name: apps}]\n')
    const file = workspace.path('chains.yml')
    const daemon = await Daemon.start(config, [
      `--discovery.chains.file=${file}`,
      '--web.enable-lifecycle',
      ...args,
    ])
    daemons.push(daemon)
    return daemon
  }

  it('follow what it names, through its death, a server that fails, a reload and a restart', async () => {
    const [one, two, three] = [
      await FoundServer.start('a:1', 'b:1'),
      await FoundServer.start('c:1'),
      await FoundServer.start('d:1'),
    ]
    await consul.registerPorts('api', [one.port, two.port])
    workspace.write('chains.yml', chains())
    const state = `--discovery.state-dir=${workspace.path('state')}`
    const daemon = await start(state)
    // Before all servers have answered the list is an error, never a shorter one.
    const seen = new Set<string>()
    await until('both servers have answered', async () => {
      const now = await list(daemon)
      seen.add(now.slice(0, 3) === '503' ? '503' : now)
      return now === 'a:1 b:1 c:1'
    })
    seen.delete('503')
    expect([...seen]).toEqual(['a:1 b:1 c:1'])
    expect((await states(daemon)).toSorted()).toEqual([
      'chain/0 running apps',
      'consul/1 running chain/apps',
      'http/2 running apps',
      'http/3 running apps',
    ])
    const raw = (await daemon.get('/http_sd/apps?stage=raw')).text
    expect(raw).toContain(`"server":"127.0.0.1:${String(one.port)}"`)
    expect(raw).toContain('"from":"sd"')
    for (const page of ['/providers', '/service-discovery', '/targets', '/']) {
      expect((await daemon.get(page)).status).toBe(200)
    }

    // One goes, one comes.
    await consul.registerPorts('api', [three.port])
    await until('the third server', async () => (await list(daemon)) === 'a:1 b:1 c:1 d:1')
    await consul.deregister(`api-${String(two.port)}`)
    await until('the second is gone', async () => (await list(daemon)) === 'a:1 b:1 d:1')

    // A server that fails keeps its targets.
    one.targets = undefined
    await until('its provider fails', async () =>
      (await states(daemon)).some((line) => line.startsWith('http/') && line.includes('failing')),
    )
    expect(await list(daemon)).toBe('a:1 b:1 d:1')
    one.targets = ['a:1', 'e:1']
    await until('it is back', async () => (await list(daemon)) === 'a:1 d:1 e:1')

    // Consul dies: everything goes on, changes of the servers included.
    await consul.kill()
    await until('the source fails', async () =>
      (await states(daemon)).includes('consul/1 failing chain/apps'),
    )
    three.targets = ['f:1']
    await until('the third server has changed', async () => (await list(daemon)) === 'a:1 e:1 f:1')

    // A reload that is refused changes nothing; one that changes the limit alone asks no server again.
    workspace.write('chains.yml', chains('    limits: 3'))
    const refused = await fetch(`${daemon.url}/-/reload`, { method: 'POST' })
    expect(refused.status).toBe(500)
    expect(await refused.text()).toContain('field limits not found in type chains.Chain')
    const before = (await states(daemon)).filter((line) => line.startsWith('http/'))
    workspace.write('chains.yml', chains('    limit: 9'))
    expect((await fetch(`${daemon.url}/-/reload`, { method: 'POST' })).status).toBe(200)
    expect((await states(daemon)).filter((line) => line.startsWith('http/'))).toEqual(before)
    expect(await list(daemon)).toBe('a:1 e:1 f:1')

    // A restart without Consul, and with servers that fail: all is there from the start.
    one.targets = undefined
    three.targets = undefined
    daemon.kill('SIGTERM')
    await daemon.exited
    const again = await start(state)
    await until('the restored list', async () => (await list(again)) === 'a:1 e:1 f:1')
    const { providers } = await again.api<Shown>('/providers')
    const stale = providers.filter(({ staleSince }) => staleSince !== null)
    expect(stale.map(({ name }) => name.split('/')[0]).toSorted()).toEqual([
      'consul',
      'http',
      'http',
    ])

    // Consul is back with what it had.
    await consul.restart()
    one.targets = ['a:1']
    three.targets = ['f:1']
    await until('all is live', async () => (await list(again)) === 'a:1 f:1')
  })

  it('keep what the guard holds back, and find it in the page and in the API', async () => {
    const server = await FoundServer.start('a:1')
    await consul.registerPorts('api', [server.port])
    workspace.write('chains.yml', chains())
    const daemon = await start('--discovery.guard=share=50%,minimum=10,answers=1000,after=1h')
    await until('the server has answered', async () => (await list(daemon)) === 'a:1')
    await consul.deregister(`api-${String(server.port)}`)
    await until('the loss is held', async () =>
      (await daemon.get('/api/v1/providers')).text.includes('"set":"chain/apps"'),
    )
    expect(await list(daemon)).toBe('a:1')
    expect((await daemon.get('/providers')).text).toContain('Accept')
    const accepted = await fetch(`${daemon.url}/-/discovery/accept?set=chain/apps`, {
      method: 'POST',
    })
    expect(accepted.status).toBe(200)
    await until('it is gone', async () => (await list(daemon)) === '')
  })
})

it('muster check config says what is wrong with a chains file', async () => {
  const workspace = new Workspace()
  const config = workspace.write('prometheus.yml', 'scrape_configs: [{job_name: apps}]\n')
  const check = async (text: string): Promise<{ code: unknown; out: string }> => {
    const file = workspace.write('chains.yml', text)
    const entry = path.resolve(import.meta.dirname, '../../dist/bin/muster.js')
    const child = spawn(process.execPath, [
      entry,
      'check',
      'config',
      `--discovery.chains.file=${file}`,
      config,
    ])
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()))
    const [code] = (await once(child, 'close')) as [unknown]
    return { code, out: out.replaceAll(workspace.directory, '') }
  }
  const source = "from: {file_sd_configs: [{files: ['api.json']}]}"
  const good = `chains: [{job: apps, ${source}, each: {http_sd_configs: [{url: 'http://{{__address__}}'}]}}]`
  expect(await check(good)).toEqual({
    code: 0,
    out: 'Checking /prometheus.yml\n SUCCESS: /prometheus.yml is valid prometheus config file syntax\n SUCCESS: /chains.yml has 1 chain for its jobs\n\n',
  })
  const bad = await check(good.replace('job: apps', 'job: web'))
  expect(bad.code).toBe(1)
  expect(bad.out).toContain(
    '  FAILED: parsing chains file /chains.yml:\n  /chains.yml:1:11: chains[0].job: no job of the config file is called "web"',
  )
  workspace.remove()
})
