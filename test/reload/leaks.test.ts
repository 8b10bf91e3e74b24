import { expect, it } from 'vitest'
import { everyMs, onContentChange, onSignal, Reloader } from '../../src/reload/index.js'
import { Gate } from '../../src/run/index.js'
import { fakeSignals, leaksOf, runActor } from '../../src/testing/index.js'

it('a reloader that is stopped in the middle of a reload leaves nothing behind', async () => {
  const signals = fakeSignals()
  const work = async (): Promise<void> => {
    const ready = new Gate('ready')
    const loads = { count: 0 }
    const reloader = new Reloader({
      load: (signal) => {
        loads.count += 1
        return loads.count === 1 ? Promise.resolve('first') : hang(signal)
      },
      parts: [],
      fingerprint: async () => String(loads.count),
      triggers: [
        onSignal(signals, 'SIGHUP'),
        everyMs(60_000),
        onContentChange({ everyMs: 60_000 }),
      ],
      timeoutMs: 60_000,
      ready,
    })
    const running = runActor(reloader)
    await ready.opened
    signals.send('SIGHUP')
    await expect.poll(() => loads.count, { timeout: 10_000 }).toBe(2)
    expect(await running.stop()).toEqual({ ok: true })
  }
  expect(await leaksOf(work)).toEqual([])
  expect(signals.listenerCount()).toBe(0)
})

/** A load that ends only when it is told to. */
function hang(signal: AbortSignal): Promise<string> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('gone')), { once: true })
  })
}
