import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Gate, Group, systemdNotifier, systemdNotifyCommand } from '../../src/run/index.js'

const run = promisify(execFile)

/** Plays systemd: Node cannot receive datagrams on a unix socket, Python can. */
const receiver = `
import os, socket, sys, time
received = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
received.bind(sys.argv[1])
received.settimeout(20)
stopping = False
try:
    while True:
        message = received.recv(4096).decode().strip().replace('\\n', ' ')
        # systemd-notify asks with a BARRIER whether its message has been taken.
        if message == 'BARRIER=1' and stopping: break
        if message == 'BARRIER=1': continue
        print(message, flush=True)
        stopping = message == 'STOPPING=1'
        # One that is older than the barrier sends nothing more.
        if stopping: received.settimeout(2)
except TimeoutError:
    pass
print('CLOCK', time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)
`

const missing = ['systemd-notify', 'python3'].filter(
  (program) => spawnSync(program, ['--version']).error !== undefined,
)

describe.skipIf(missing.length > 0)(
  `the real systemd-notify${missing.length > 0 ? ` (left out: needs ${missing.join(', ')})` : ''}`,
  () => {
    it('carries every message in order, on the clock that systemd compares with', async () => {
      const directory = await mkdtemp(path.join(tmpdir(), 'muster-systemd-'))
      const socket = path.join(directory, 'notify')
      const received = run('python3', ['-c', receiver, socket])
      const env = { ...process.env, NOTIFY_SOCKET: socket }
      const errors: unknown[] = []
      const ready = new Gate('ready')
      const command = systemdNotifyCommand({ env })
      // The receiver may not have its socket yet; systemd's is there before the service.
      const send = async (lines: readonly string[]): Promise<void> => {
        await expect
          .poll(() => command(lines).then(() => 'sent', String), { timeout: 15_000 })
          .toBe('sent')
      }
      const systemd = systemdNotifier({ send, ready, env, onError: (error) => errors.push(error) })
      const group = new Group().add(systemd)
      const over = group.run()
      ready.open()
      systemd.reloading()
      systemd.reloaded()
      group.interrupt()
      await over
      const { stdout } = await received
      await rm(directory, { recursive: true })
      const lines = stdout.trim().split('\n')
      expect(errors).toEqual([])
      expect(lines.map((line) => line.replace(/\d{3,}/u, 'n'))).toEqual([
        'READY=1',
        'RELOADING=1 MONOTONIC_USEC=n',
        'READY=1',
        'STOPPING=1',
        'CLOCK n',
      ])
      const [told, now] = [lines[1], lines[4]].map((line) =>
        Number(/\d{3,}/u.exec(line ?? '')?.[0]),
      )
      expect(told).toBeLessThanOrEqual(now ?? 0)
      expect(told).toBeGreaterThan((now ?? 0) - 60_000_000)
    })
  },
)
