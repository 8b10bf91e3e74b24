import { describe, expect, it, vi } from 'vitest'
import {
  type Actor,
  type ActorError,
  Gate,
  Group,
  GroupError,
  GroupUsageError,
} from '../../src/run/index.js'
import { type OnInterrupt, scriptedActor } from '../../src/testing/index.js'

const boom = new Error('boom')

describe('the first actor to settle', () => {
  it('interrupts all in the order added, tells them why, and the group waits for everybody', async () => {
    const log: string[] = []
    const a = scriptedActor('a', log)
    const b = scriptedActor('b', log)
    const run = new Group().add(a).add(b).run()
    a.fail(boom)
    await expect(run).rejects.toBe(boom)
    expect(log).toEqual([
      'a:start',
      'b:start',
      'a:end',
      'a:interrupt(boom)',
      'b:interrupt(boom)',
      'b:end',
    ])
  })

  it('ends the group well when it ends well, and the others are told no reason', async () => {
    const log: string[] = []
    const a = scriptedActor('a', log)
    const b = scriptedActor('b', log)
    const run = new Group().add(a).add(b).run()
    b.finish()
    await expect(run).resolves.toBeUndefined()
    expect(log).toEqual(['a:start', 'b:start', 'b:end', 'a:interrupt()', 'b:interrupt()', 'a:end'])
  })

  it('may reject with nothing at all, and the group still rejects', async () => {
    const a = scriptedActor('a')
    const run = new Group().add(a).run()
    a.fail(undefined)
    await expect(run).rejects.toBeUndefined()
  })

  it.each<{ name: string; execute: Actor['execute'] }>([
    {
      name: 'a throw before any promise',
      execute: () => {
        throw boom
      },
    },
    { name: 'a rejection', execute: () => Promise.reject(boom) },
  ])('counts $name as its error, after everybody has started', async ({ execute }) => {
    const log: string[] = []
    const bad: Actor = { name: 'bad', execute, interrupt() {} }
    const run = new Group().add(bad).add(scriptedActor('b', log)).run()
    await expect(run).rejects.toBe(boom)
    expect(log).toEqual(['b:start', 'b:interrupt(boom)', 'b:end'])
  })
})

describe('waiting', () => {
  it('goes on until the last actor has settled', async () => {
    const a = scriptedActor('a')
    const slow = scriptedActor('slow', [], 'hang')
    const group = new Group().add(a).add(slow)
    let over = false
    const run = group.run().then(() => {
      over = true
    })
    a.finish()
    await turn()
    expect(over).toBe(false)
    expect(group.blockers().map((blocker) => blocker.name)).toEqual(['slow'])
    slow.finish()
    await run
    expect(group.blockers()).toEqual([])
  })

  it('is for the promises of interrupts too, and none of them holds up the next interrupt', async () => {
    const log: string[] = []
    const drained = new Gate('drained')
    const a = scriptedActor('a', log, { waitsFor: drained.opened })
    const b = scriptedActor('b', log)
    const c = scriptedActor('c', log)
    const run = new Group().add(a).add(b).add(c).run()
    c.finish()
    await turn()
    expect(log.slice(3)).toEqual([
      'c:end',
      'a:interrupt()',
      'b:interrupt()',
      'c:interrupt()',
      'b:end',
    ])
    drained.open()
    await run
    expect(log.at(-1)).toBe('a:end')
  })
})

describe('an error after the first', () => {
  const later = new Error('later')
  const rows: readonly { name: string; onInterrupt: OnInterrupt; phase: ActorError['phase'] }[] = [
    { name: 'an interrupt that throws', onInterrupt: { throws: later }, phase: 'interrupt' },
    { name: 'an interrupt that rejects', onInterrupt: { rejects: later }, phase: 'interrupt' },
    { name: 'an execute that rejects', onInterrupt: 'hang', phase: 'execute' },
  ]

  it.each(rows)('$name joins the rejection', async ({ onInterrupt, phase }) => {
    const a = scriptedActor('a')
    const b = scriptedActor('b', [], onInterrupt)
    const run = caught(() => new Group({ name: 'daemon' }).add(a).add(b).run())
    a.fail(boom)
    await turn()
    b.fail(later)
    const error = await run
    expect(error).toBeInstanceOf(GroupError)
    expect(error).toMatchObject({
      code: 'ERR_RUN_GROUP',
      message: `group "daemon" ended with: boom; actor "b" failed in ${phase}: later`,
      errors: [boom, { code: 'ERR_RUN_ACTOR', actor: 'b', phase, cause: later }],
    })
  })

  it.each(rows)('$name is not lost where the first ended well', async ({ onInterrupt }) => {
    const a = scriptedActor('a')
    const b = scriptedActor('b', [], onInterrupt)
    const run = caught(() => new Group().add(a).add(b).run())
    a.finish()
    await turn()
    b.fail(later)
    expect(await run).toMatchObject({ errors: [{ actor: 'b', cause: later }] })
  })

  it.each(rows)('$name goes to onLateError, and the outcome stays the first one', async (row) => {
    const taken: ActorError[] = []
    const a = scriptedActor('a')
    const b = scriptedActor('b', [], row.onInterrupt)
    const group = new Group({ onLateError: (error) => taken.push(error) }).add(a).add(b)
    const run = caught(() => group.run())
    a.fail(boom)
    await turn()
    b.fail(later)
    expect(await run).toBe(boom)
    expect(taken).toMatchObject([{ actor: 'b', phase: row.phase, cause: later }])
  })

  it('does not stop the interrupts that come after it', async () => {
    const log: string[] = []
    const a = scriptedActor('a', log, { throws: later })
    const b = scriptedActor('b', log)
    const run = new Group({ onLateError() {} }).add(a).add(b).run()
    a.finish()
    await run
    expect(log).toContain('b:interrupt()')
  })

  it('is none where an actor rejects with the very reason it was interrupted with', async () => {
    const a = scriptedActor('a')
    const b = scriptedActor('b', [], 'hang')
    const run = new Group().add(a).add(b).run()
    a.fail(boom)
    b.fail(boom)
    await expect(run).rejects.toBe(boom)
  })

  it('that onLateError itself throws is kept, with the one it was given', async () => {
    const a = scriptedActor('a')
    const b = scriptedActor('b', [], { throws: later })
    const onLateError = vi.fn().mockThrow(new Error('log is full'))
    const run = new Group({ onLateError }).add(a).add(b).run()
    a.finish()
    await expect(run).rejects.toMatchObject({
      errors: [{ actor: 'b', cause: later }, { phase: 'listener' }],
    })
  })
})

describe('a group', () => {
  it('without actors resolves at once', async () => {
    await expect(new Group().run()).resolves.toBeUndefined()
  })

  it.each([
    {
      name: 'two actors of one name',
      use: () => new Group().add(scriptedActor('a')).add(scriptedActor('a')),
      says: 'there is an actor "a" already',
    },
    {
      name: 'an actor without a name',
      use: () => new Group().add({} as Actor),
      says: 'an actor needs a name',
    },
    {
      name: 'what has a name and is no actor',
      use: () => new Group().add({ name: 'a', execute: async () => {} } as unknown as Actor),
      says: 'actor "a" has no interrupt()',
    },
    {
      name: 'a stopAfter that names no actor',
      use: () => new Group().add(scriptedActor('a'), { stopAfter: ['b'] }).run(),
      says: 'stopAfter names "b"',
    },
    {
      name: 'actors that wait for each other',
      use: () =>
        new Group()
          .add(scriptedActor('a'), { stopAfter: ['b'] })
          .add(scriptedActor('b'), { stopAfter: ['c'] })
          .add(scriptedActor('c'), { stopAfter: ['b'] })
          .run(),
      says: 'stopAfter goes round in a circle: b -> c -> b',
    },
  ])('refuses $name', async ({ use, says }) => {
    const error = await caught(async () => {
      await use()
    })
    expect(error).toBeInstanceOf(GroupUsageError)
    expect(error).toMatchObject({ code: 'ERR_RUN_USAGE', message: expect.stringContaining(says) })
  })

  it('runs once, and takes no actor after that', async () => {
    const a = scriptedActor('a')
    const group = new Group().add(a)
    const run = group.run()
    await expect(group.run()).rejects.toThrow('a group runs once')
    expect(() => group.add(scriptedActor('b'))).toThrow('has been started')
    a.finish()
    await run
    await expect(group.run()).rejects.toThrow('a group runs once')
  })

  it('is itself an actor: the outer interrupt ends it well, and its inner errors are not lost', async () => {
    const log: string[] = []
    const inner = new Group({ name: 'inner' })
      .add(scriptedActor('i1', log))
      .add(scriptedActor('i2', log, { rejects: new Error('i2 broke') }))
    const a = scriptedActor('a', log)
    const run = new Group({ name: 'outer' }).add(inner).add(a).run()
    a.finish()
    await expect(run).rejects.toMatchObject({
      errors: [{ actor: 'inner', cause: { errors: [{ actor: 'i2' }] } }],
    })
    expect(log).toContain('i1:interrupt()')
  })

  it('that is interrupted before it runs starts nobody', async () => {
    const log: string[] = []
    const group = new Group().add(scriptedActor('a', log))
    group.interrupt()
    await group.ended
    await group.run()
    expect(log).toEqual([])
  })

  it('is disposed of by an interrupt and a wait for its end', async () => {
    const log: string[] = []
    const group = new Group().add(scriptedActor('a', log))
    const run = group.run()
    await group[Symbol.asyncDispose]()
    expect(log).toEqual(['a:start', 'a:interrupt()', 'a:end'])
    await run
  })

  it('that is interrupted by one of its actors while it starts does not start the rest', async () => {
    const log: string[] = []
    const group = new Group()
    const rash: Actor = {
      name: 'rash',
      async execute() {
        group.interrupt()
      },
      interrupt() {},
    }
    await group.add(rash).add(scriptedActor('b', log)).run()
    expect(log).toEqual([])
  })
})

/** Lets everything that is ready to run do so: a macrotask comes after all microtasks. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** What a call throws or rejects with; taken at once, so that it is never unhandled. */
function caught(call: () => Promise<void>): Promise<unknown> {
  return call().then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  )
}
