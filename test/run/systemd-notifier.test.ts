import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Gate, systemdNotifier, systemdNotifyCommand } from '../../src/run/index.js'

/** A notifier whose messages are written down, on a clock that stands at 1.5 ms. */
function setUp(env: Record<string, string> = {}, send?: () => Promise<void>) {
  const sent: string[] = []
  const errors: unknown[] = []
  const ready = new Gate('ready')
  const health = { good: true }
  const notifier = systemdNotifier({
    send: async (lines) => {
      sent.push(lines.join(' '))
      await send?.()
    },
    ready,
    env: { NOTIFY_SOCKET: '/run/systemd/notify', ...env },
    onError: (error) => errors.push(error),
    healthy: () => health.good,
    pid: 42,
    monotonicNs: () => 1_500_999n,
  })
  return { sent, errors, ready, health, notifier }
}

describe('what systemd is told', () => {
  it('is the life of the daemon, in order', async () => {
    const { sent, ready, notifier } = setUp()
    const over = notifier.execute()
    expect(sent).toEqual([])
    ready.open()
    notifier.reloading()
    notifier.status('reading\nthe config')
    notifier.reloaded()
    await notifier.interrupt(undefined)
    await over
    expect(sent).toEqual([
      'READY=1',
      'RELOADING=1 MONOTONIC_USEC=1500',
      'STATUS=reading the config',
      'READY=1',
      'STOPPING=1',
    ])
  })

  it('is nothing where systemd does not listen', async () => {
    const { sent, ready, notifier } = setUp({ NOTIFY_SOCKET: '', WATCHDOG_USEC: '1000000' })
    const over = notifier.execute()
    ready.open()
    notifier.reloading()
    await notifier.interrupt(undefined)
    await over
    expect(sent).toEqual([])
  })

  it('goes on when one message cannot be sent, and the error is reported', async () => {
    const { sent, errors, ready, notifier } = setUp({}, () =>
      Promise.reject(new Error('no socket')),
    )
    const over = notifier.execute()
    ready.open()
    await notifier.interrupt(undefined)
    await over
    expect(sent).toEqual(['READY=1', 'STOPPING=1'])
    expect(errors).toHaveLength(2)
  })
})

describe('the watchdog', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it.each<{ title: string; env: Record<string, string>; beats: number }>([
    { title: 'is fed twice in its time', env: { WATCHDOG_USEC: '2000000' }, beats: 4 },
    {
      title: 'is fed by the process it names',
      env: { WATCHDOG_USEC: '2000000', WATCHDOG_PID: '42' },
      beats: 4,
    },
    {
      title: 'is not fed by another',
      env: { WATCHDOG_USEC: '2000000', WATCHDOG_PID: '7' },
      beats: 0,
    },
    { title: 'is not fed where there is none', env: {}, beats: 0 },
    { title: 'is not fed where its time makes no sense', env: { WATCHDOG_USEC: 'soon' }, beats: 0 },
  ])('$title', async ({ env, beats }) => {
    const { sent, notifier } = setUp(env)
    const over = notifier.execute()
    await vi.advanceTimersByTimeAsync(4_000)
    expect(sent).toEqual(Array.from({ length: beats }, () => 'WATCHDOG=1'))
    await notifier.interrupt(undefined)
    await over
  })

  it('is not fed while the daemon says it is not well', async () => {
    const { sent, health, notifier } = setUp({ WATCHDOG_USEC: '2000000' })
    const over = notifier.execute()
    health.good = false
    await vi.advanceTimersByTimeAsync(3_000)
    expect(sent).toEqual([])
    await notifier.interrupt(undefined)
    await over
  })

  it('gets no heap of beats behind a message that hangs', async () => {
    const gate = new Gate('socket')
    const { sent, notifier } = setUp({ WATCHDOG_USEC: '2000000' }, () => gate.opened)
    const over = notifier.execute()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(sent).toEqual(['WATCHDOG=1'])
    gate.open()
    await notifier.interrupt(undefined)
    await over
  })
})

describe('systemd-notify as the carrier', () => {
  const state = { directory: '' }
  beforeEach(async () => {
    state.directory = await mkdtemp(join(tmpdir(), 'muster-notify-'))
  })
  afterEach(async () => {
    await rm(state.directory, { recursive: true })
  })

  it('gets each line as an argument of its own, and the environment', async () => {
    const command = join(state.directory, 'systemd-notify')
    const output = join(state.directory, 'output')
    await writeFile(command, `#!/bin/sh\nprintf '%s|' "$NOTIFY_SOCKET" "$@" > ${output}\n`)
    await chmod(command, 0o755)
    const send = systemdNotifyCommand({ command, env: { NOTIFY_SOCKET: '/run/n' } })
    await send(['RELOADING=1', 'STATUS=two words; $(no shell)'])
    expect(await readFile(output, 'utf8')).toBe('/run/n|RELOADING=1|STATUS=two words; $(no shell)|')
  })

  it('that is not there is an error that names it', async () => {
    const command = join(state.directory, 'absent')
    await expect(systemdNotifyCommand({ command, env: {} })(['READY=1'])).rejects.toMatchObject({
      code: 'ERR_RUN_NOTIFY',
      message: expect.stringContaining('absent READY=1'),
    })
  })
})
