import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Group, intervalActor, type IntervalActorOptions } from '../../src/run/index.js'
import { runActor } from '../../src/testing/index.js'

beforeEach(() => vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('an interval actor', () => {
  it.each<{ title: string; options: IntervalActorOptions; takesMs: number; at: readonly number[] }>(
    [
      {
        title: 'runs at once, then every interval',
        options: { everyMs: 100 },
        takesMs: 0,
        at: [0, 100, 200, 300],
      },
      {
        title: 'waits first where it is told to',
        options: { everyMs: 100, waitFirst: true },
        takesMs: 0,
        at: [100, 200, 300],
      },
      {
        title: 'counts the interval from start to start',
        options: { everyMs: 100 },
        takesMs: 40,
        at: [0, 100, 200, 300],
      },
      {
        title: 'starts a late run as soon as it can, and makes up for none',
        options: { everyMs: 100 },
        takesMs: 150,
        at: [0, 151, 302],
      },
    ],
  )('$title', async ({ options, takesMs, at }) => {
    const started: number[] = []
    const begin = performance.now()
    const actor = intervalActor('poll', options, async () => {
      started.push(performance.now() - begin)
      if (takesMs > 0) await new Promise((resolve) => void setTimeout(resolve, takesMs))
    })
    const running = runActor(actor)
    await vi.advanceTimersByTimeAsync(320)
    void actor.interrupt(undefined)
    await vi.advanceTimersByTimeAsync(takesMs)
    expect(await running.outcome).toMatchObject({ ok: true })
    expect(started).toEqual(at)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends with what a run throws, and so its group', async () => {
    const boom = new Error('boom')
    const group = new Group().add(
      intervalActor('poll', { everyMs: 10 }, () => {
        throw boom
      }),
    )
    await expect(group.run()).rejects.toBe(boom)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('goes on after an error that is taken', async () => {
    const errors: unknown[] = []
    const actor = intervalActor(
      'poll',
      { everyMs: 10, onError: (error) => errors.push(error) },
      () => {
        throw new Error(String(errors.length))
      },
    )
    const running = runActor(actor)
    await vi.advanceTimersByTimeAsync(25)
    void actor.interrupt(undefined)
    await running.outcome
    expect(errors).toEqual([new Error('0'), new Error('1'), new Error('2')])
  })

  it('aborts a run in progress, and takes its rejection as a good end', async () => {
    const actor = intervalActor('poll', { everyMs: 10 }, async (signal) => {
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      })
    })
    const running = runActor(actor)
    void actor.interrupt(new Error('over'))
    expect(await running.outcome).toMatchObject({ ok: true })
  })

  it.each([-1, Number.NaN])('refuses an interval of %s', (everyMs) => {
    expect(() => intervalActor('poll', { everyMs }, () => undefined)).toThrow(
      `intervalActor "poll": everyMs is ${String(everyMs)}: give milliseconds, 0 or more`,
    )
  })
})
