import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configOf } from '../allocation/stage.js'
import { Daemon, until, Workspace } from '../helpers/daemon.js'

const root = path.resolve(import.meta.dirname, '../..')
const page = readFileSync(path.join(root, 'docs/allocation.md'), 'utf8')
const blocks = [...page.matchAll(/^```(\S+)(?: file=(\S+))?\n([^]*?)^```$/gmu)]

describe('the examples of docs/allocation.md', () => {
  const workspace = new Workspace()
  const state: { daemon?: Daemon } = {}
  beforeAll(async () => {
    for (const [, , name, text = ''] of blocks) {
      if (name !== undefined) workspace.write(name, text)
    }
    const file = `--allocator.config.file=${workspace.path('allocator.yml')}`
    const daemon = await Daemon.start(workspace.path('prometheus.yml'), [file])
    state.daemon = daemon
    await until('the targets are shared out', async () => {
      return (await daemon.get('/api/v1/allocation')).text.includes('"targets":4')
    })
  })
  afterAll(async () => {
    await state.daemon?.stop()
    workspace.remove()
  })

  it('checks both files', () => {
    const [, command = ''] = /^(muster check config .*)$/mu.exec(page) ?? []
    const entry = path.join(root, 'dist/bin/muster.js')
    const args = command.split(' ').slice(1)
    const run = spawnSync(process.execPath, [entry, ...args], { cwd: workspace.directory })
    expect(run.stderr.toString()).toBe('')
    expect(run.stdout.toString()).toContain('SUCCESS: allocator.yml is valid')
    expect(run.status).toBe(0)
  })

  it('says what is wrong with a file', () => {
    workspace.write('bad.yml', 'strategy: fair\nmembers: {}\n')
    const entry = path.join(root, 'dist/bin/muster.js')
    const args = ['check', 'config', 'prometheus.yml', '--allocator.config.file=bad.yml']
    const run = spawnSync(process.execPath, [entry, ...args], { cwd: workspace.directory })
    expect(run.stderr.toString()).toContain('unknown strategy "fair"')
    expect(run.status).toBe(1)
  })

  it('names the owner of a target', async () => {
    const [, command = ''] = /^(muster owner .*)$/mu.exec(page) ?? []
    const args = [...command.split(' ').slice(1), `--url=${state.daemon?.url ?? ''}`]
    const asked = Daemon.spawn(args)
    expect((await asked.exited).code).toBe(0)
    const [, , , shown = ''] = blocks.find(([, language]) => language === 'text') ?? []
    expect(asked.stdout).toBe(shown)
  })

  it.each([
    [['owner', 'node', '127.9.9.9:1'], 1, 'no such target'],
    [['owner', 'unknown', 'x:1'], 3, 'the server has no such job'],
  ])('ends with a code of its own: %j', async (args, code, says) => {
    const asked = Daemon.spawn([...args, `--url=${state.daemon?.url ?? ''}`])
    expect((await asked.exited).code).toBe(code)
    expect(asked.stdout + asked.stderr).toContain(says)
  })

  it('has a file that can be used for members on Consul', async () => {
    const [, , , text = ''] = blocks.find(([, , , one = '']) => one.includes('consul_sd')) ?? []
    const config = await configOf(text, '')
    expect(config.members.discovery.map(({ mechanism }) => mechanism.name)).toEqual(['consul'])
    expect(config.zone).toEqual({ of: ['__meta_consul_dc'], prefer: 'soft' })
  })

  it('names every key of the file', async () => {
    const { moves, ...config } = await configOf()
    const keys = [...Object.keys(config), ...Object.keys(moves).map((key) => `moves.${key}`)]
    for (const key of keys) expect(page).toContain(`| \`${key}\` |`)
  })
})
