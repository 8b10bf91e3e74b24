import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Daemon, Workspace } from '../helpers/daemon.js'

const entry = path.resolve(import.meta.dirname, '../../dist/bin/muster.js')

/**
 * Node options with which a process signals itself at each file that the program loads after its own first one: no
 * moment is earlier in which code of muster can have run.
 */
function signallingAtEachImport(signal: NodeJS.Signals): NodeJS.ProcessEnv {
  const preload = `
    import Module from 'node:module'
    const load = Module._load
    let isBegun = false
    Module._load = function (name, ...others) {
      isBegun ||= /\\/first-[^/]+\\.cjs$/.test(name)
      if (isBegun) process.kill(process.pid, '${signal}')
      return load.call(this, name, ...others)
    }`
  return { NODE_OPTIONS: `--import=${moduleOf(preload)}` }
}

function moduleOf(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`
}

function config(): string {
  const workspace = new Workspace()
  onTestFinished(() => workspace.remove())
  return workspace.write('p.yml', 'scrape_configs: [{job_name: a}]\n')
}

it('SIGHUP does not end a daemon that is still being loaded', async () => {
  const daemon = await Daemon.start(config(), [], signallingAtEachImport('SIGHUP'))
  onTestFinished(() => daemon.stop())
  daemon.kill('SIGTERM')
  expect(await daemon.exited).toEqual({ code: 0, signal: null })
})

it.each(['SIGTERM', 'SIGINT'] as const)('%s ends it', async (signal) => {
  const daemon = Daemon.spawn([`--config.file=${config()}`], signallingAtEachImport(signal))
  onTestFinished(() => daemon.stop())
  expect(await daemon.exited).toEqual({ code: null, signal })
})

const unshare = ['--map-root-user', '--pid', '--fork', '--kill-child']
const hasNamespaces = spawnSync('unshare', [...unshare, 'true']).status === 0

describe.skipIf(!hasNamespaces)(
  `as the first process of a container${hasNamespaces ? '' : ' (left out: needs unshare)'}`,
  () => {
    it.each([
      ['SIGTERM', 143],
      ['SIGINT', 130],
    ] as const)('%s ends a daemon that is still being loaded', async (signal, code) => {
      const args = [...unshare, process.execPath, entry, `--config.file=${config()}`]
      const env = { ...process.env, ...signallingAtEachImport(signal) }
      const child = spawn('unshare', args, { env, stdio: 'ignore' })
      onTestFinished(() => void child.kill('SIGKILL'))
      expect(await once(child, 'exit')).toEqual([code, null])
    })

    it('SIGTERM ends one that runs as anywhere else', async () => {
      const args = [...unshare, process.execPath, entry, `--config.file=${config()}`]
      const child = spawn('unshare', [...args, '--web.listen-address=127.0.0.1:0'], {
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      onTestFinished(() => void child.kill('SIGKILL'))
      await once(child.stdout, 'data')
      const { pid } = child
      const inside = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
      process.kill(Number(inside.trim()), 'SIGTERM')
      expect(await once(child, 'exit')).toEqual([0, null])
    })
  },
)
