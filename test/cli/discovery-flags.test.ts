import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'

interface Providers {
  readonly providers: readonly {
    readonly name: string
    readonly state: string
    readonly targets: number
    readonly staleSince: string | null
  }[]
}

const targets = async (daemon: Daemon): Promise<number> =>
  (await daemon.api<{ activeTargets: readonly unknown[] }>('/targets?state=active')).activeTargets
    .length

const hosts = (count: number): string =>
  JSON.stringify([{ targets: Array.from({ length: count }, (_, i) => `h${String(i)}:1`) }])

describe('discovery beyond Prometheus', () => {
  let workspace: Workspace
  const daemons: Daemon[] = []
  beforeEach(() => {
    workspace = new Workspace()
  })
  afterEach(async () => {
    for (const daemon of daemons.splice(0)) await daemon.stop()
    workspace.remove()
  })

  async function start(file: string, args: readonly string[]): Promise<Daemon> {
    const daemon = await Daemon.start(file, args)
    daemons.push(daemon)
    return daemon
  }

  const config = "scrape_configs: [{job_name: a, file_sd_configs: [{files: ['t.json']}]}]\n"
  it('--discovery.state-dir starts with the last good targets while the source is away', async () => {
    const file = workspace.write('p.yml', config)
    workspace.write('t.json', hosts(3))
    const state = workspace.path('state')
    const first = await start(file, [`--discovery.state-dir=${state}`])
    await until('three targets', async () => (await targets(first)) === 3)
    first.kill('SIGTERM')
    expect(await first.exited).toEqual({ code: 0, signal: null })
    expect(readdirSync(state)).toHaveLength(1)

    workspace.write('t.json', '[{"targets":')
    const second = await start(file, [`--discovery.state-dir=${state}`])
    await until('the kept targets', async () => (await targets(second)) === 3)
    const { providers } = await second.api<Providers>('/providers')
    expect(providers).toMatchObject([
      { name: 'file/0', targets: 3, staleSince: expect.any(String) },
    ])

    workspace.write('t.json', hosts(2))
    await until('the live targets', async () => (await targets(second)) === 2)
  })

  it('--discovery.guard holds a mass drop until somebody accepts it', async () => {
    const file = workspace.write('p.yml', config)
    workspace.write('t.json', hosts(20))
    const daemon = await start(file, [
      '--discovery.guard=share=50%,minimum=10,after=1h',
      '--web.enable-lifecycle',
    ])
    await until('twenty targets', async () => (await targets(daemon)) === 20)
    workspace.write('t.json', hosts(2))
    await until('the drop is held', async () =>
      /^muster_sd_guard_held_targets\{[^}]*\} 18$/m.test((await daemon.get('/metrics')).text),
    )
    expect(await targets(daemon)).toBe(20)
    const answer = await fetch(`${daemon.url}/-/discovery/accept?set=a`, { method: 'POST' })
    expect(answer.status).toBe(200)
    await until('two targets', async () => (await targets(daemon)) === 2)
  })

  it('--discovery.mechanism runs a mechanism from a module, in the daemon and in the check', async () => {
    const module = workspace.write(
      'own.mjs',
      `import { of } from '${path.resolve('node_modules/rxjs/dist/esm5/index.js')}'
export default () => ({
  name: 'own',
  key: 'own_sd_configs',
  section: { name: 'own', zero: () => ({}), decode: () => ({}), encode: () => ({ some: 1 }) },
  create: () => ({
    findings: () => of({ groups: [{ source: 'x', labels: {}, targets: [{ __address__: 'own:1' }] }], complete: true }),
  }),
})
`.replace('dist/esm5/index.js', 'dist/cjs/index.js'),
    )
    const file = workspace.write(
      'p.yml',
      'scrape_configs: [{job_name: a, own_sd_configs: [{any: thing}]}]\n',
    )
    const daemon = await start(file, [`--discovery.mechanism=${module}`])
    await until('its target', async () => (await targets(daemon)) === 1)
    const checked = Daemon.spawn(['check', 'config', `--discovery.mechanism=${module}`, file])
    daemons.push(checked)
    expect(await checked.exited).toEqual({ code: 0, signal: null })
  })

  it('a module has a copy of the kit of its own: a changed secret of its section is seen', async () => {
    const kit = path.resolve('dist/mechanisms/kit/index.js')
    const module = workspace.write(
      'own.mjs',
      `import { field, secret, struct } from '${kit}'
import { of } from '${path.resolve('node_modules/rxjs/dist/cjs/index.js')}'
export default () => ({
  name: 'own',
  key: 'own_sd_configs',
  section: struct('own.plain', { token: field(secret) }),
  create: ({ token }) => ({
    findings: () => of({ groups: [{ source: 'x', labels: {}, targets: [{ __address__: token.reveal() + ':1' }] }], complete: true }),
  }),
})
`,
    )
    const write = (token: string): string =>
      workspace.write(
        'p.yml',
        `scrape_configs: [{job_name: a, own_sd_configs: [{token: ${token}}]}]\n`,
      )
    const daemon = await start(write('one'), [`--discovery.mechanism=${module}`])
    const shows = (target: string) => async (): Promise<boolean> =>
      (await daemon.get('/http_sd/a')).text.includes(target)
    await until('the first', shows('one:1'))
    write('two')
    daemon.kill('SIGHUP')
    await until('the second', shows('two:1'))
  })

  it.each([
    { flag: '--discovery.guard=share=x', says: /--discovery\.guard: / },
    { flag: '--discovery.mechanism=/nowhere.mjs', says: /--discovery\.mechanism=\/nowhere\.mjs: / },
  ])('refuses $flag with the flag named', async ({ flag, says }) => {
    const daemon = Daemon.spawn([`--config.file=${workspace.write('p.yml', config)}`, flag])
    daemons.push(daemon)
    expect(await daemon.exited).toEqual({ code: 2, signal: null })
    expect(daemon.stderr).toMatch(says)
  })

  it('writes no secret into the state folder', async () => {
    const file = workspace.write(
      'p.yml',
      `scrape_configs:
- job_name: a
  file_sd_configs: [{files: ['t.json']}]
- job_name: b
  http_sd_configs: [{url: 'http://127.0.0.1:1/x', basic_auth: {username: u, password: hunter2}}]
`,
    )
    workspace.write('t.json', hosts(3))
    const state = workspace.path('state')
    const daemon = await start(file, [`--discovery.state-dir=${state}`])
    await until('three targets', async () => (await targets(daemon)) === 3)
    daemon.kill('SIGTERM')
    await daemon.exited
    for (const name of readdirSync(state)) {
      expect(readFileSync(path.join(state, name), 'utf8')).not.toContain('hunter2')
    }
  })
})
