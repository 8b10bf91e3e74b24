import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Reloader } from '../../src/reload/index.js'
import { held, loggingPart } from './parts.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a time limit', () => {
  it('ends a load that hangs, and tells its signal', async () => {
    const aborted: unknown[] = []
    const load = (signal: AbortSignal): Promise<string> =>
      new Promise(() => {
        signal.addEventListener('abort', () => aborted.push(signal.reason))
      })
    const check = new Reloader({ load, parts: [], timeoutMs: 5_000 }).check()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await check).toMatchObject({
      reasons: [{ part: 'load', phase: 'load', error: { code: 'ERR_RELOAD_TIMEOUT' } }],
    })
    expect(aborted).toMatchObject([{ code: 'ERR_RELOAD_TIMEOUT' }])
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([2 ** 31, Infinity])(
    'may be %d ms, which no timer of Node can take',
    async (timeoutMs) => {
      const late = held<string>()
      const check = new Reloader({ load: () => late.promise, parts: [], timeoutMs }).check()
      await vi.advanceTimersByTimeAsync(60_000)
      late.resolve('one')
      expect(await check).toMatchObject({ ok: true })
      expect(vi.getTimerCount()).toBe(0)
    },
  )

  it('names a part that hangs, lets the others go, and discards what it gives late', async () => {
    const log: string[] = []
    const late = held<void>()
    const parts = [loggingPart('a', log), loggingPart('slow', log, { prepare: () => late.promise })]
    const check = new Reloader({ load: async () => 'one', parts, timeoutMs: 5_000 }).check()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await check).toMatchObject({
      reasons: [{ part: 'slow', phase: 'prepare', error: { message: 'not done after 5s' } }],
    })
    expect(log).toContain('a:discard(one)')
    late.resolve()
    await vi.advanceTimersByTimeAsync(0)
    expect(log).toContain('slow:discard(one)')
    expect(vi.getTimerCount()).toBe(0)
  })
})
