import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type ActorError,
  formatReport,
  Group,
  type LifecycleEvent,
  type OverdueEvent,
} from '../../src/run/index.js'
import { scriptedActor } from '../../src/testing/index.js'

const boom = new Error('boom')

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

/** Runs a group that is expected to reject, so that its rejection is never unhandled. */
function failing(group: Group): Promise<unknown> {
  return group.run().then(
    () => 'no error',
    (error: unknown) => error,
  )
}

describe('the deadline of an actor', () => {
  it('gives up that actor alone, and the group ends with who it was', async () => {
    const events: LifecycleEvent[] = []
    const a = scriptedActor('a')
    const hung = scriptedActor('hung', [], 'hang')
    const slow = scriptedActor('slow', [], 'hang')
    const group = new Group({
      onEvent: (event) => events.push(event),
      activeResources: () => ['TCPSocketWrap', 'Timeout', 'TCPSocketWrap'],
    })
      .add(a)
      .add(hung, { stopTimeoutMs: 2_000 })
      .add(slow)
    const error = failing(group)
    await vi.advanceTimersByTimeAsync(60_000)
    a.fail(boom)
    await vi.advanceTimersByTimeAsync(2_000)
    const overdue = events.at(-1) as OverdueEvent
    expect(overdue).toMatchObject({ type: 'overdue', actor: 'hung' })
    expect(formatReport(overdue.report)).toBe(
      'hung (asked to stop 2.00s ago), slow (asked to stop 2.00s ago); ' +
        'open: TCPSocketWrap x2, Timeout',
    )
    slow.finish()
    expect(await error).toMatchObject({
      code: 'ERR_RUN_OVERDUE',
      cause: boom,
      report: { blockers: [{ name: 'hung', runningMs: 62_000, stoppingMs: 2_000 }] },
    })
  })

  it.each([2 ** 31, Infinity])(
    'may be %d ms, which no timer of Node can take',
    async (stopTimeoutMs) => {
      const a = scriptedActor('a')
      const slow = scriptedActor('slow', [], 'hang')
      const group = new Group({ stopTimeoutMs }).add(a).add(slow, { stopTimeoutMs })
      const over = failing(group)
      a.finish()
      await vi.advanceTimersByTimeAsync(60_000)
      expect(group.report().blockers.map(({ name }) => name)).toEqual(['slow'])
      slow.finish()
      expect(await over).toBe('no error')
    },
  )

  it('counts from its own interrupt, and lets those go on that wait for it', async () => {
    const log: string[] = []
    const a = scriptedActor('a', log)
    const hung = scriptedActor('hung', log, 'hang')
    const last = scriptedActor('last', log, 'hang')
    const group = new Group()
      .add(last, { stopAfter: ['hung'], stopTimeoutMs: 1_000 })
      .add(hung, { stopTimeoutMs: 2_000 })
      .add(a)
    const error = failing(group)
    a.finish()
    await vi.advanceTimersByTimeAsync(1_999)
    expect(log).not.toContain('last:interrupt()')
    await vi.advanceTimersByTimeAsync(1)
    expect(log).toContain('last:interrupt()')
    last.finish()
    expect(await error).toMatchObject({ report: { blockers: [{ name: 'hung' }] } })
  })

  it('covers the promise of its interrupt', async () => {
    const a = scriptedActor('a', [], { waitsFor: new Promise(() => {}) })
    const group = new Group().add(a, { stopTimeoutMs: 500 })
    const error = failing(group)
    a.finish()
    await vi.advanceTimersByTimeAsync(500)
    expect(await error).toMatchObject({
      message: expect.stringMatching(
        /^stop deadline passed: a \(its interrupt has not returned for/u,
      ),
    })
  })

  it('is no error when the actor is in time', async () => {
    const a = scriptedActor('a', [], 'hang')
    const group = new Group({ stopTimeoutMs: 5_000 }).add(a, { stopTimeoutMs: 2_000 })
    const run = group.run()
    group.interrupt()
    await vi.advanceTimersByTimeAsync(1_999)
    a.finish()
    await run
  })
})

describe('the deadline of the group', () => {
  it('ends it without whoever is left, and interrupts those who still waited for their turn', async () => {
    const log: string[] = []
    const hung = scriptedActor('hung', log, 'hang')
    const queued = scriptedActor('queued', log, 'hang')
    const group = new Group({ stopTimeoutMs: 10_000 })
      .add(queued, { stopAfter: ['hung'] })
      .add(hung)
    const error = failing(group)
    group.interrupt()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(log).toContain('queued:interrupt()')
    expect(await error).toMatchObject({
      code: 'ERR_RUN_OVERDUE',
      report: { blockers: [{ name: 'queued' }, { name: 'hung' }] },
    })
  })

  it('loses no later error, nor one that comes when the group is over', async () => {
    const late: ActorError[] = []
    const hung = scriptedActor('hung', [], 'hang')
    const group = new Group({ stopTimeoutMs: 1_000, onLateError: (error) => late.push(error) })
      .add(hung)
      .add(scriptedActor('bad', [], { throws: boom }))
    const error = failing(group)
    group.interrupt()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await error).toMatchObject({ code: 'ERR_RUN_OVERDUE' })
    hung.fail(boom)
    await vi.advanceTimersByTimeAsync(0)
    expect(late.map(({ actor, phase }) => [actor, phase])).toEqual([
      ['bad', 'interrupt'],
      ['hung', 'execute'],
    ])
  })

  it('comes with the later errors where nobody takes them', async () => {
    const group = new Group({ stopTimeoutMs: 1_000 })
      .add(scriptedActor('hung', [], 'hang'))
      .add(scriptedActor('bad', [], { throws: boom }))
    const error = failing(group)
    group.interrupt()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await error).toMatchObject({
      code: 'ERR_RUN_GROUP',
      errors: [{ code: 'ERR_RUN_OVERDUE' }, { code: 'ERR_RUN_ACTOR', actor: 'bad' }],
    })
  })
})

describe('a report', () => {
  it('looks into a group that is an actor', async () => {
    const inner = new Group({ name: 'inner' }).add(scriptedActor('deep', [], 'hang'))
    const group = new Group({ stopTimeoutMs: 1_000, activeResources: () => [] }).add(inner)
    const error = failing(group)
    group.interrupt()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await error).toMatchObject({
      message:
        'stop deadline passed: inner (asked to stop 1.00s ago; inside: deep (asked to stop 1.00s ago))',
    })
  })

  it('says so where nobody is left', () => {
    expect(formatReport({ blockers: [], resources: ['Timeout'] })).toBe(
      'no actor is left running; open: Timeout',
    )
  })

  it('names open handles of the process by itself', () => {
    const timer = setInterval(() => {}, 1_000)
    expect(Array.isArray(new Group().report().resources)).toBe(true)
    clearInterval(timer)
  })
})
