import { describe, expect, it, vi } from 'vitest'
import { Gate, Group, type LifecycleEvent } from '../../src/run/index.js'
import { scriptedActor } from '../../src/testing/index.js'

const boom = new Error('boom')

describe('lifecycle events', () => {
  it('tell the whole life of every actor, in order, with durations', async () => {
    const events: LifecycleEvent[] = []
    const clock = { ms: 100 }
    const open = new Gate('listening')
    const web = scriptedActor('web')
    const db = scriptedActor('db')
    const group = new Group({ now: () => clock.ms, onEvent: (event) => events.push(event) })
      .add(web, { ready: open })
      .add(db, { after: open })
    const run = group.run()
    clock.ms = 130
    open.open()
    clock.ms = 200
    web.fail(boom)
    await expect(run).rejects.toBe(boom)
    const failed = { ok: false, error: boom }
    expect(events).toEqual([
      { type: 'start', actor: 'web', at: 100 },
      { type: 'ready', actor: 'web', at: 130, afterMs: 30 },
      { type: 'start', actor: 'db', at: 130 },
      {
        type: 'settle',
        actor: 'web',
        at: 200,
        outcome: failed,
        ranMs: 100,
        stoppedInMs: undefined,
      },
      { type: 'interrupt', actor: 'web', at: 200, reason: boom },
      { type: 'interrupt', actor: 'db', at: 200, reason: boom },
      { type: 'settle', actor: 'db', at: 200, outcome: { ok: true }, ranMs: 70, stoppedInMs: 0 },
    ])
  })

  it('say of an actor whose gate was open before that it is ready from its start', async () => {
    const events: LifecycleEvent[] = []
    const gate = new Gate('g')
    gate.open()
    const a = scriptedActor('a')
    const run = new Group({ now: () => 7, onEvent: (event) => events.push(event) })
      .add(a, { ready: gate })
      .run()
    a.finish()
    await run
    expect(events[1]).toEqual({ type: 'ready', actor: 'a', at: 7, afterMs: 0 })
    expect(events.filter((event) => event.type === 'ready')).toHaveLength(1)
  })

  it('do not break the group when the listener throws: what it threw is a late error', async () => {
    const a = scriptedActor('a')
    const onEvent = vi.fn().mockThrow(boom)
    const run = new Group({ name: 'daemon', onEvent }).add(a).run()
    a.finish()
    await expect(run).rejects.toMatchObject({
      errors: Array.from({ length: 3 }, () => ({
        actor: 'daemon',
        phase: 'listener',
        cause: boom,
      })),
    })
  })
})
