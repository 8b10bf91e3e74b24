import { of, Subject } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  everyMs,
  type InitialLoadError,
  onContentChange,
  type Prepared,
  type Reloadable,
  Reloader,
  type ReloaderOptions,
  type ReloadReason,
  type ReloadRequest,
  type Trigger,
} from '../../src/reload/index.js'
import { held, loggingPart, turn } from './parts.js'

const boom = new Error('boom')

function explode(): never {
  throw boom
}

/** An async function given where a plain one was asked for: TypeScript itself allows that. */
function explodeLater(): void {
  return Promise.reject(boom) as unknown as void
}

const unhandled: unknown[] = []
const note = (error: unknown): void => {
  unhandled.push(error)
}

beforeEach(() => {
  process.on('unhandledRejection', note)
})
afterEach(async () => {
  vi.useRealTimers()
  await turn()
  process.off('unhandledRejection', note)
  expect(unhandled.splice(0)).toEqual([])
})

function part(name: string, prepare: () => unknown): Reloadable<string> {
  return { name, prepare: prepare as () => Prepared }
}

function reloaderOf(options: Partial<ReloaderOptions<string>>): Reloader<string> {
  return new Reloader({ load: async () => 'one', parts: [], ...options })
}

describe('a part', () => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['an object without discard', { commit: () => undefined }],
    ['an object without commit', { discard: () => undefined }],
  ])('whose prepare gives %s refuses the config, and no other part commits', async (_, given) => {
    const log: string[] = []
    const parts = [loggingPart('a', log), part('b', () => given), loggingPart('c', log)]
    const reloader = reloaderOf({ parts })
    expect(await reloader.execute().catch((error: unknown) => error)).toMatchObject({
      code: 'ERR_RELOAD_INITIAL',
      reasons: [{ part: 'b', phase: 'prepare', error: { code: 'ERR_RELOAD_USAGE' } }],
      message: 'cannot start: b: its prepare gave no object with commit and discard',
    })
    expect(log.filter((line) => line.includes('commit'))).toEqual([])
    expect(log).toContain('a:discard(one)')
  })

  it.each([
    { name: 'throws', discard: explode },
    { name: 'rejects', discard: explodeLater },
  ])('that is ready too late and whose discard $name is told of, and all goes on', async (row) => {
    vi.useFakeTimers()
    const late = held<Prepared>()
    const told: ReloadReason[] = []
    const parts = [part('slow', () => late.promise)]
    const reloader = reloaderOf({ parts, timeoutMs: 5_000, onLateError: (r) => told.push(r) })
    const check = reloader.check()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await check).toMatchObject({ ok: false, reasons: [{ part: 'slow' }] })
    late.resolve({ commit: () => undefined, discard: row.discard })
    await vi.advanceTimersByTimeAsync(0)
    expect(told).toEqual([{ part: 'slow', phase: 'discard', error: boom }])
  })

  it('that is ready too late with nothing, or without anyone who is told, does no harm', async () => {
    vi.useFakeTimers()
    const nothing = held<Prepared>()
    const bad = held<Prepared>()
    const parts = [part('a', () => nothing.promise), part('b', () => bad.promise)]
    const check = reloaderOf({ parts, timeoutMs: 1 }).check()
    await vi.advanceTimersByTimeAsync(1)
    nothing.resolve(undefined as unknown as Prepared)
    bad.resolve({ commit: () => undefined, discard: explode })
    expect(await check).toMatchObject({ ok: false })
  })

  it.each(['commit', 'discard'] as const)(
    'whose %s gives a promise is waited for, and what that rejects with is a reason',
    async (phase) => {
      const bad = { commit: explodeLater, discard: explodeLater }
      const parts = [part('bad', () => bad), loggingPart('b', [])]
      const log: string[] = []
      if (phase === 'discard') parts.push(part('no', explode))
      else parts.push(loggingPart('c', log))
      const reloader = reloaderOf({ parts })
      const outcome = await reloader.execute().catch((error: unknown) => error)
      expect((outcome as InitialLoadError).reasons).toContainEqual({
        part: 'bad',
        phase,
        error: boom,
      })
      expect(log.filter((line) => line.includes('commit'))).toHaveLength(phase === 'commit' ? 1 : 0)
    },
  )

  it('whose commit gives a promise without an end is waited for no longer than the limit', async () => {
    vi.useFakeTimers()
    const endless = { commit: () => new Promise(() => {}), discard: () => undefined }
    const reloader = reloaderOf({ parts: [part('endless', () => endless)], timeoutMs: 5_000 })
    const outcome = reloader.execute().catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await outcome).toMatchObject({
      reasons: [{ part: 'endless', phase: 'commit', error: { code: 'ERR_RELOAD_TIMEOUT' } }],
    })
  })

  it('that prepares and loads without promises is as good as any', async () => {
    const log: string[] = []
    const prepared = { commit: () => log.push('commit'), discard: () => undefined }
    const load = (() => 'one') as unknown as () => Promise<string>
    const reloader = reloaderOf({ load, parts: [part('a', () => prepared)] })
    const over = reloader.execute()
    expect(await reloader.reload()).toMatchObject({ ok: true })
    expect(log).toEqual(['commit', 'commit'])
    reloader.interrupt()
    await over
  })
})

describe('a fingerprint', () => {
  it.each<[string, () => unknown, string | undefined]>([
    ['that throws at once', explode, undefined],
    ['that rejects', explodeLater, undefined],
    ['that gives no text', () => 5, undefined],
    ['that gives no promise', () => 'abc', 'abc'],
  ])('%s leaves every reload its answer', async (_, fingerprint, seen) => {
    const reloader = reloaderOf({ fingerprint: fingerprint as () => Promise<string> })
    const over = reloader.execute()
    expect(await reloader.reload()).toMatchObject({ ok: true, fingerprint: seen })
    reloader.interrupt()
    await over
  })

  it.each<[string, () => unknown, number]>([
    ['that throws at once', explode, 1],
    ['that gives no promise', () => 'abc', 1],
  ])('%s is one request of the trigger that looks at it', async (_, fingerprint, requests) => {
    vi.useFakeTimers()
    const got: ReloadRequest[] = []
    const subscription = onContentChange({ everyMs: 1_000 })({
      results: new Subject(),
      fingerprint: fingerprint as () => Promise<string>,
    }).subscribe((request) => got.push(request))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(got).toHaveLength(requests)
    subscription.unsubscribe()
  })
})

/** A stream that cannot be unsubscribed from. */
const sticky: Trigger = () =>
  Object.assign(new Subject<ReloadRequest>(), { subscribe: () => ({ unsubscribe: explode }) })

describe('what the embedder gives', () => {
  it.each<[string, Trigger]>([
    ['a trigger that throws', explode],
    ['a trigger that gives no stream', (() => undefined) as unknown as Trigger],
    ['a request that is nothing', (() => of(undefined)) as unknown as Trigger],
    ['a reply that throws', () => of({ cause: 'x', reply: explode })],
    ['a reply that rejects', () => of({ cause: 'x', reply: explodeLater })],
  ])('%s ends the reloader with that error, and reloads have their answer', async (_, trigger) => {
    const reloader = reloaderOf({ triggers: [trigger] })
    const early = reloader.reload('early')
    const states: string[] = []
    reloader.status.subscribe({
      next: ({ state }) => states.push(state),
      complete: () => states.push('complete'),
    })
    await expect(reloader.execute()).rejects.toThrow(/boom|undefined/)
    expect((await early).causes).toContain('early')
    expect(await reloader.reload('late')).toMatchObject({ ok: false, reasons: [{ phase: 'stop' }] })
    expect(states.slice(-2)).toEqual(['stopped', 'complete'])
  })

  it('a trigger that cannot be taken away does not keep the reloader from ending', async () => {
    const reloader = reloaderOf({ triggers: [sticky] })
    const over = reloader.execute().catch((error: unknown) => error)
    await reloader.reload()
    reloader.interrupt()
    await over
    expect(await reloader.reload()).toMatchObject({ ok: false, reasons: [{ phase: 'stop' }] })
  })

  it.each([
    ['a clock', { now: explode }],
    ['a gate', { ready: { open: explode } }],
  ])('%s that throws ends the reloader with that error', async (_, options) => {
    const reloader = reloaderOf(options)
    const early = reloader.reload()
    await expect(reloader.execute()).rejects.toBe(boom)
    expect((await early).causes).toEqual(['call'])
    expect(await reloader.reload()).toMatchObject({ ok: false })
  })

  it('an onLateError that throws ends the reloader with that error', async () => {
    vi.useFakeTimers()
    const late = held<Prepared>()
    let calls = 0
    const good = { commit: () => undefined, discard: () => undefined }
    const parts = [part('slow', () => (calls++ === 0 ? good : late.promise))]
    const reloader = reloaderOf({ parts, timeoutMs: 1, onLateError: explode })
    const over = reloader.execute().catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(0)
    const reload = reloader.reload()
    await vi.advanceTimersByTimeAsync(1)
    expect(await reload).toMatchObject({ ok: false })
    late.resolve({ ...good, discard: explode })
    expect(await over).toBe(boom)
  })

  it.each<[string, () => unknown]>([
    ['timeoutMs', () => reloaderOf({ timeoutMs: NaN })],
    ['everyMs', () => everyMs(NaN)],
    ['everyMs', () => everyMs(-1)],
    ['onContentChange: everyMs', () => onContentChange({ everyMs: NaN })],
  ])('%s that is no time is refused, with its name', (name, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_RELOAD_USAGE' }))
    expect(make).toThrow(`${name} is `)
  })
})
