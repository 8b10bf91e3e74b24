import { describe, expect, it } from 'vitest'
import { held, loggingPart, refuse, turn } from './parts.js'
import { setUp } from './reloader-rig.js'

describe('a dry run', () => {
  it('prepares and discards, answers what would change, and needs no start', async () => {
    const { log, reloader } = setUp()
    expect(await reloader.check()).toEqual({
      ok: true,
      reasons: [],
      changes: [
        { part: 'a', changes: ['a takes one'] },
        { part: 'b', changes: ['b takes one'] },
      ],
    })
    expect(log).toEqual(['a:prepare(one)', 'b:prepare(one)', 'a:discard(one)', 'b:discard(one)'])
  })

  it('answers the reasons of those who would refuse', async () => {
    const { reloader } = setUp((log) => [loggingPart('a', log, { prepare: refuse('no') })])
    expect(await reloader.check()).toMatchObject({
      ok: false,
      reasons: [{ part: 'a', phase: 'prepare' }],
      changes: [],
    })
  })

  it('waits for a reload that runs, and shares its answer with the others that wait', async () => {
    const { content, ready, reloader } = setUp()
    const run = reloader.execute()
    await ready.opened
    const slow = held<string>()
    content.load = () => slow.promise
    const reload = reloader.reload()
    await turn()
    const checks = [reloader.check(), reloader.check()]
    expect(checks[0]).toBe(checks[1])
    content.load = async () => 'three'
    slow.resolve('two')
    await reload
    expect((await checks[0])?.changes[0]).toEqual({ part: 'a', changes: ['a takes three'] })
    reloader.interrupt()
    await run
  })
})
