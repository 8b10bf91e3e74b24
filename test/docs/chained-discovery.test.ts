import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { listen } from '../helpers/listen.js'

const root = path.resolve(import.meta.dirname, '../..')
const page = readFileSync(path.join(root, 'docs/chained-discovery.md'), 'utf8')
const files = [...page.matchAll(/^```\S+ file=(\S+)\n([^]*?)^```$/gmu)]

describe('the examples of docs/chained-discovery.md', () => {
  const workspace = new Workspace()
  beforeAll(() => {
    for (const [, name = '', text = ''] of files) workspace.write(name, text)
  })
  afterAll(() => workspace.remove())

  it.each(['chains.yml', 'clusters.yml'])('%s is a good one', (file) => {
    const [, command = ''] = /^(muster check config .*)$/mu.exec(page) ?? []
    const args = command.replace('chains.yml', file).split(' ').slice(1)
    const entry = path.join(root, 'dist/bin/muster.js')
    const run = spawnSync(process.execPath, [entry, ...args], { cwd: workspace.directory })
    expect(run.stderr.toString()).toBe('')
    expect(run.stdout.toString()).toContain(` SUCCESS: ${file} has 1 chain for its jobs`)
    expect(run.status).toBe(0)
  })

  it('finds what the page says', async () => {
    const found = await Promise.all(
      ['a:1', 'b:1'].map((target) =>
        listen(
          createServer((request, response) => {
            response.setHeader('content-type', 'application/json')
            const labels = { team: 'x', asked: request.url }
            response.end(JSON.stringify([{ targets: [target], labels }]))
          }),
        ),
      ),
    )
    const [, , text = ''] = files.find(([, name]) => name === 'servers.json') ?? []
    // The ports of the page may be taken here.
    const servers = found.reduce(
      (json, { address }, i) => json.replace(`127.0.0.1:808${String(i + 1)}`, address),
      text,
    )
    workspace.write('servers.json', servers)
    const chains = `--discovery.chains.file=${workspace.path('chains.yml')}`
    const daemon = await Daemon.start(workspace.path('prometheus.yml'), [chains])
    onTestFinished(() => daemon.stop())
    const list = async (): Promise<unknown> =>
      JSON.parse((await daemon.get('/http_sd/apps')).text) as unknown
    await until('both servers have answered', async () => Array.isArray(await list()))
    const labels = expect.objectContaining({ datacenter: 'eu', asked: '/sd' }) as unknown
    const all = (await list()) as readonly { readonly targets: readonly string[] }[]
    expect(all.toSorted((a, b) => String(a.targets).localeCompare(String(b.targets)))).toEqual([
      { targets: ['a:1'], labels },
      { targets: ['b:1'], labels },
    ])
    const { providers } = await daemon.api<{ providers: { name: string; sets: string[] }[] }>(
      '/providers',
    )
    expect(providers.map(({ name, sets }) => `${name} ${sets.join()}`).toSorted()).toEqual([
      'chain/0 apps',
      'file/1 chain/apps',
      'http/2 apps',
      'http/3 apps',
    ])
    expect((await daemon.get('/metrics')).text).toContain(
      'muster_sd_chain_servers{chain="apps",state="followed"} 2',
    )
  })
})
