import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { GaveUpError, Group, type RestartEvent, supervise } from '../../src/run/index.js'
import { type ScriptedActor, scriptedActor } from '../../src/testing/index.js'

const boom = new Error('boom')

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

/** A supervised actor whose every life the test decides. */
function setUp(options: Parameters<typeof supervise>[2] = {}) {
  const log: string[] = []
  const lives: ScriptedActor[] = []
  const restarts: RestartEvent[] = []
  const create = (): ScriptedActor => {
    const life = scriptedActor(`life${String(lives.length + 1)}`, log)
    lives.push(life)
    return life
  }
  const onRestart = (event: RestartEvent): number => restarts.push(event)
  const actor = supervise('worker', create, { onRestart, random: () => 0, ...options })
  return { log, lives, restarts, actor }
}

describe('a supervised actor', () => {
  it('is made anew after a failure, when the old one has been interrupted', async () => {
    const { log, lives, restarts, actor } = setUp()
    const over = actor.execute()
    lives[0]?.fail(boom)
    await vi.advanceTimersByTimeAsync(100)
    expect(log).toEqual(['life1:start', 'life1:end', 'life1:interrupt(boom)', 'life2:start'])
    expect(restarts).toEqual([{ actor: 'worker', error: boom, restarts: 1, delayMs: 100 }])
    lives[1]?.finish()
    await over
  })

  it('waits twice as long each time, up to the limit, and less by what chance takes off', async () => {
    const { lives, restarts, actor } = setUp({ maxRestarts: 9, maxDelayMs: 350, random: () => 0.5 })
    const over = actor.execute()
    for (let n = 0; n < 4; n += 1) {
      lives[n]?.fail(boom)
      await vi.advanceTimersByTimeAsync(400)
    }
    expect(restarts.map((event) => event.delayMs)).toEqual([75, 150, 262.5, 262.5])
    lives[4]?.finish()
    await over
  })

  it('is given up after too many failures in the time', async () => {
    const { lives, actor } = setUp({ maxRestarts: 2, withinMs: 10_000 })
    const over = actor.execute().catch((error: unknown) => error)
    for (let n = 0; n < 3; n += 1) {
      lives[n]?.fail(boom)
      await vi.advanceTimersByTimeAsync(1_000)
    }
    const error = await over
    expect(error).toBeInstanceOf(GaveUpError)
    expect(error).toMatchObject({
      code: 'ERR_RUN_GAVE_UP',
      cause: boom,
      message: 'actor "worker" ended 3 times within 10s, at last with: boom',
    })
  })

  it('starts to count anew when the failures are old', async () => {
    const { lives, restarts, actor } = setUp({ maxRestarts: 1, withinMs: 10_000 })
    const over = actor.execute()
    for (let n = 0; n < 5; n += 1) {
      lives[n]?.fail(boom)
      await vi.advanceTimersByTimeAsync(10_000)
    }
    expect(restarts.map((event) => event.restarts)).toEqual([1, 1, 1, 1, 1])
    lives[5]?.finish()
    await over
  })

  it('is not restarted after a good end, unless that is asked for', async () => {
    const once = setUp()
    const over = once.actor.execute()
    once.lives[0]?.finish()
    await over
    const always = setUp({ restartOn: 'always' })
    const run = always.actor.execute()
    always.lives[0]?.finish()
    await vi.advanceTimersByTimeAsync(100)
    expect(always.lives).toHaveLength(2)
    await always.actor.interrupt(undefined)
    await run
  })

  it('ends at once when interrupted in the wait', async () => {
    const { lives, actor } = setUp({ initialDelayMs: 60_000 })
    const over = actor.execute()
    lives[0]?.fail(boom)
    await vi.advanceTimersByTimeAsync(10)
    await actor.interrupt(undefined)
    await over
    expect(lives).toHaveLength(1)
  })

  it('passes the interrupt on, and an error of the clean-up comes out', async () => {
    const group = new Group().add(
      supervise('worker', () => scriptedActor('life', [], { throws: boom })),
    )
    const over = group.run().catch((error: unknown) => error)
    group.interrupt()
    expect(await over).toMatchObject({ errors: [{ actor: 'worker' }] })
  })

  it('counts a factory that throws as a failure', async () => {
    let calls = 0
    const create = (): ScriptedActor => {
      calls += 1
      throw boom
    }
    const over = supervise('worker', create, { maxRestarts: 3 })
      .execute()
      .catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await over).toMatchObject({ code: 'ERR_RUN_GAVE_UP', cause: boom })
    expect(calls).toBe(4)
  })

  it('shows what blocks inside it', async () => {
    const group = new Group({ stopTimeoutMs: 1_000 }).add(
      supervise('worker', () => scriptedActor('life', [], 'hang')),
    )
    const over = group.run().catch((error: unknown) => error)
    group.interrupt()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await over).toMatchObject({
      report: { blockers: [{ name: 'worker', within: [{ name: 'life' }] }] },
    })
  })
})
