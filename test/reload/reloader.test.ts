import { describe, expect, it } from 'vitest'
import {
  InitialLoadError,
  type Reloadable,
  Reloader,
  type ReloadResult,
  type ReloadStatus,
} from '../../src/reload/index.js'
import { Gate } from '../../src/run/index.js'
import { held, loggingPart, refuse, turn } from './parts.js'
import { setUp } from './reloader-rig.js'

describe('the first load', () => {
  it('prepares everybody, commits everybody in order, and opens the gate', async () => {
    const { log, ready, reloader } = setUp()
    const run = reloader.execute()
    await ready.opened
    expect(log).toEqual(['a:prepare(one)', 'b:prepare(one)', 'a:commit(one)', 'b:commit(one)'])
    reloader.interrupt()
    await run
  })

  it.each([
    {
      name: 'cannot be loaded',
      load: () => Promise.reject(new Error('no such file')),
      part: 'load',
    },
    { name: 'is refused by a part', load: async () => 'bad', part: 'picky' },
  ])('that $name ends the actor, and opens nothing', async ({ load, part }) => {
    const log: string[] = []
    const ready = new Gate('config')
    const parts = [loggingPart('picky', log, { prepare: refuse('no such file') })]
    const error: unknown = await new Reloader({ load, parts, ready })
      .execute()
      .catch((e: unknown) => e)
    expect(error).toBeInstanceOf(InitialLoadError)
    expect(error).toMatchObject({
      code: 'ERR_RELOAD_INITIAL',
      message: `cannot start: ${part}: no such file`,
      reasons: [{ part }],
    })
    expect(ready.isOpen).toBe(false)
  })
})

describe('a reload', () => {
  it('commits every part and emits the config in one turn', async () => {
    const { log, content, ready, reloader } = setUp()
    const run = reloader.execute()
    await ready.opened
    reloader.config.subscribe((config) => log.push(`config(${config})`))
    log.length = 0
    content.now = 'two'
    const result = await reloader.reload('web')
    expect(log).toEqual([
      'a:prepare(two)',
      'b:prepare(two)',
      'a:commit(two)',
      'b:commit(two)',
      'config(two)',
    ])
    expect(result).toMatchObject({ ok: true, causes: ['web'], startedAt: 1_000 })
    expect(result.ok && result.parts.map((part) => part.part)).toEqual(['a', 'b'])
    reloader.interrupt()
    await run
  })

  it('that parts refuse changes nothing anywhere, and names the reason of each', async () => {
    const { log, content, ready, reloader } = setUp((entries) => [
      loggingPart('a', entries),
      loggingPart('b', entries, { prepare: refuse('b says no', 'bad') }),
      loggingPart('c', entries),
      loggingPart('d', entries, { prepare: refuse('d says no', 'bad') }),
    ])
    const run = reloader.execute()
    await ready.opened
    log.length = 0
    content.now = 'bad'
    const result = await reloader.reload()
    expect(result).toMatchObject({
      ok: false,
      reasons: [
        { part: 'b', phase: 'prepare', error: { message: 'b says no' } },
        { part: 'd', phase: 'prepare', error: { message: 'd says no' } },
      ],
    })
    expect(log.filter((line) => line.includes('commit'))).toEqual([])
    expect(log.slice(-2)).toEqual(['a:discard(bad)', 'c:discard(bad)'])
    reloader.interrupt()
    await run
  })

  it('whose config cannot be loaded asks no part', async () => {
    const { log, content, ready, reloader } = setUp()
    const run = reloader.execute()
    await ready.opened
    log.length = 0
    content.load = () => Promise.reject(new Error('half written'))
    const result = await reloader.reload()
    expect(result.reasons).toMatchObject([{ part: 'load', phase: 'load' }])
    expect(log).toEqual([])
    reloader.interrupt()
    await run
  })

  it.each([
    { phase: 'commit', content: 'two', faults: { commit: new Error('defect') } },
    { phase: 'discard', content: 'bad', faults: { discard: new Error('defect') } },
  ])('answers with a part that throws in $phase, and still serves the others', async (row) => {
    const log: string[] = []
    let faults = {}
    const faulty: Reloadable<string> = {
      name: 'faulty',
      prepare: (config) => loggingPart('faulty', log, faults).prepare(config),
    }
    const { content, ready, reloader } = setUp(() => [
      faulty,
      loggingPart('after', log),
      loggingPart('picky', log, { prepare: refuse('no', 'bad') }),
    ])
    const run = reloader.execute()
    await ready.opened
    faults = row.faults
    content.now = row.content
    const result = await reloader.reload()
    expect(result.ok).toBe(false)
    expect(result.reasons).toContainEqual({
      part: 'faulty',
      phase: row.phase,
      error: expect.objectContaining({ message: 'defect' }),
    })
    expect(log).toContain(`after:${row.phase}(${row.content})`)
    reloader.interrupt()
    await run
  })
})

describe('wishes that come together', () => {
  it('become one reload while another runs, which reads the newest content', async () => {
    const { log, content, ready, reloader, requests } = setUp()
    const run = reloader.execute()
    await ready.opened
    const slow = held<string>()
    content.load = () => slow.promise
    const first = reloader.reload('first')
    await turn()
    const replies: ReloadResult[] = []
    const shared = Array.from({ length: 20 }, () => reloader.reload('web'))
    requests.next({ cause: 'SIGHUP', reply: (result) => replies.push(result) })
    log.length = 0
    content.load = async () => 'three'
    slow.resolve('two')
    expect((await first).causes).toEqual(['first'])
    const results = new Set(await Promise.all(shared))
    expect(results.size).toBe(1)
    const [result] = results
    expect(result?.causes).toEqual(['web', 'SIGHUP'])
    expect(replies).toEqual([result])
    expect(log.filter((line) => line.startsWith('a:commit'))).toEqual([
      'a:commit(two)',
      'a:commit(three)',
    ])
    reloader.interrupt()
    await run
  })

  it('before the reloader has started wait for the first load', async () => {
    const { reloader } = setUp()
    const early = reloader.reload('early')
    const run = reloader.execute()
    expect(await early).toMatchObject({ ok: true, causes: ['early'] })
    reloader.interrupt()
    await run
  })
})

describe('status', () => {
  it('tells each state, the last result, and when it last went well', async () => {
    const { content, ready, reloader } = setUp()
    const seen: ReloadStatus[] = []
    reloader.status.subscribe((status) => seen.push(status))
    const run = reloader.execute()
    await ready.opened
    content.load = () => Promise.reject(new Error('gone'))
    await reloader.reload('web')
    reloader.interrupt()
    await run
    expect(seen.map(({ state, causes, last }) => [state, causes.join(), last?.ok])).toEqual([
      ['waiting', '', undefined],
      ['reloading', 'start', undefined],
      ['idle', '', true],
      ['reloading', 'web', true],
      ['idle', '', false],
      ['stopped', '', false],
    ])
    expect(seen[0]?.lastSuccessAt).toBeUndefined()
    expect(seen.at(-1)?.lastSuccessAt).toBeGreaterThanOrEqual(1_000)
  })
})
