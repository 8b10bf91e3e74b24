import { execFile, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { missingForSystemd, notifySocket } from '../helpers/notify-socket.js'

/** A config with these targets. */
function config(...targets: readonly string[]): string {
  return `scrape_configs: [{job_name: a, static_configs: [{targets: ${JSON.stringify(targets)}}]}]\n`
}

const unit = path.resolve(import.meta.dirname, '../../examples/systemd/muster.service')

describe.skipIf(missingForSystemd.length > 0)(
  `under systemd${missingForSystemd.length > 0 ? ` (left out: needs ${missingForSystemd.join(', ')})` : ''}`,
  () => {
    it('muster tells that it is ready, lives, reloads and stops, and what it has', async () => {
      const workspace = new Workspace()
      onTestFinished(() => workspace.remove())
      const file = workspace.write('p.yml', config('h:1'))
      const socket = await notifySocket()
      const daemon = await Daemon.start(file, [], {
        NOTIFY_SOCKET: socket.path,
        WATCHDOG_USEC: '1000000',
      })
      onTestFinished(() => daemon.stop())
      const has = (message: string): boolean => socket.messages().includes(message)
      await until('it is ready', () => has('READY=1'))
      await until('it says what it has', () => has('STATUS=1 job, 1 target, 1 provider'))
      await until('it lives', () => has('WATCHDOG=1'))
      workspace.write('p.yml', config('h:1', 'h:2'))
      const before = socket.messages().length
      daemon.kill('SIGHUP')
      await until('it has reloaded', () => socket.messages().slice(before).includes('READY=1'))
      daemon.kill('SIGTERM')
      expect(await daemon.exited).toEqual({ code: 0, signal: null })
      const all = await socket.over
      const states = all.filter((message) => !/^(?:WATCHDOG|STATUS)=/u.test(message))
      expect(states.map((message) => message.replace(/\d{3,}/u, 'n'))).toEqual([
        'READY=1',
        'RELOADING=1 MONOTONIC_USEC=n',
        'READY=1',
        'STOPPING=1',
      ])
      expect(daemon.stderr).not.toContain('systemd')
    })

    it('muster goes on, and says why, where systemd does not listen', async () => {
      const workspace = new Workspace()
      onTestFinished(() => workspace.remove())
      const file = workspace.write('p.yml', 'scrape_configs: [{job_name: a}]\n')
      const daemon = await Daemon.start(file, [], { NOTIFY_SOCKET: workspace.path('none') })
      onTestFinished(() => daemon.stop())
      await until('it says so', () =>
        daemon.stderr.includes('level=WARN msg="Unable to notify systemd"'),
      )
      expect((await daemon.get('/-/ready')).status).toBe(200)
      daemon.kill('SIGTERM')
      expect(await daemon.exited).toEqual({ code: 0, signal: null })
    })
  },
)

const version = spawnSync('systemd-analyze', ['--version'])
const isThere = version.error === undefined

describe.skipIf(!isThere)(
  `the unit file${isThere ? '' : ' (left out: needs systemd-analyze)'}`,
  () => {
    it('is one that systemd takes', async () => {
      const workspace = new Workspace()
      onTestFinished(() => workspace.remove())
      // The program is where npm puts it on the machine of a user, not on this one. `notify-reload` is of systemd 253.
      const release = Number(/systemd (\d+)/u.exec(version.stdout.toString())?.[1])
      const text = await readFile(unit, 'utf8')
      const here = text
        .replace('/usr/local/bin/muster', process.execPath)
        .replace('Type=notify-reload', release < 253 ? 'Type=notify' : 'Type=notify-reload')
      const file = workspace.write('muster.service', here)
      const checked = promisify(execFile)('systemd-analyze', ['verify', file])
      const said = await checked.then(
        ({ stdout, stderr }) => `${stdout}${stderr}`,
        (error: unknown) => (error as { readonly stderr: string }).stderr,
      )
      const ours = said.split('\n').filter((line) => line.includes('muster.service'))
      expect(ours).toEqual([])
    })

    it('has limits that are those of muster, and flags that muster takes', async () => {
      const text = await readFile(unit, 'utf8')
      expect(text).toMatch(/^NotifyAccess=all$/mu)
      expect(Number(/^TimeoutStopSec=(\d+)$/mu.exec(text)?.[1])).toBeGreaterThan(25)
      const flags = [...(/^ExecStart=.*$/mu.exec(text)?.[0] ?? '').matchAll(/ --([a-z.-]+)=/gu)]
      const help = Daemon.spawn(['--help'])
      await help.exited
      expect(flags.length).toBeGreaterThan(2)
      for (const [, flag = ''] of flags) expect(help.stdout).toContain(`--${flag} <`)
    })
  },
)
