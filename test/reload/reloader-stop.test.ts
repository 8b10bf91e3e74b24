import { describe, expect, it, vi } from 'vitest'
import { Reloader } from '../../src/reload/index.js'
import { Gate } from '../../src/run/index.js'
import { loggingPart, turn } from './parts.js'
import { setUp } from './reloader-rig.js'

describe('a stop', () => {
  it('gives up a reload that still prepares, discards what comes late, and answers everybody', async () => {
    const gate = new Gate('slow')
    const slow = (config: string): Promise<void> | undefined =>
      config === 'two' ? gate.opened : undefined
    const { log, content, ready, reloader } = setUp((entries) => [
      loggingPart('a', entries),
      loggingPart('slow', entries, { prepare: slow }),
    ])
    const run = reloader.execute()
    await ready.opened
    content.now = 'two'
    const running = reloader.reload('running')
    await turn()
    const waiting = reloader.reload('waiting')
    reloader.interrupt()
    await run
    expect(await running).toMatchObject({
      ok: false,
      reasons: [{ part: 'slow', phase: 'stop', error: { code: 'ERR_RELOAD_STOPPED' } }],
    })
    expect(await waiting).toMatchObject({ ok: false, reasons: [{ phase: 'stop' }] })
    expect(log).not.toContain('slow:discard(two)')
    gate.open()
    await turn()
    expect(log).toContain('slow:discard(two)')
    expect(await reloader.reload('after')).toMatchObject({
      ok: false,
      reasons: [{ phase: 'stop' }],
    })
  })

  it('aborts a load that runs, and is not a failure of the first load', async () => {
    const aborted: unknown[] = []
    const reloader = new Reloader({
      load: (signal) =>
        new Promise<string>(() => {
          signal.addEventListener('abort', () => aborted.push(signal.reason))
        }),
      parts: [],
    })
    const run = reloader.execute()
    await turn()
    reloader.interrupt()
    await expect(run).resolves.toBeUndefined()
    expect(aborted).toMatchObject([{ code: 'ERR_RELOAD_STOPPED' }])
  })

  it('that comes before the start lets nothing start, and answers what waits', async () => {
    const { log, reloader } = setUp()
    const early = reloader.reload()
    reloader.interrupt()
    expect(await early).toMatchObject({ ok: false, reasons: [{ phase: 'stop' }] })
    await reloader.execute()
    expect(log).toEqual([])
  })

  it('leaves no trigger subscribed, and completes status and config', async () => {
    const { ready, reloader, requests } = setUp()
    const completed: string[] = []
    reloader.status.subscribe({ complete: () => completed.push('status') })
    reloader.config.subscribe({ complete: () => completed.push('config') })
    const run = reloader.execute()
    await ready.opened
    expect(requests.observed).toBe(true)
    reloader.interrupt()
    await run
    expect(requests.observed).toBe(false)
    expect(completed).toEqual(['status', 'config'])
  })
})

describe('a trigger', () => {
  it('that errors ends the actor with its error', async () => {
    const { ready, reloader, requests } = setUp()
    const run = reloader.execute()
    await ready.opened
    requests.error(new Error('watch broke'))
    await expect(run).rejects.toThrow('watch broke')
  })

  it('whose reply throws ends the actor with that error', async () => {
    const { ready, reloader, requests } = setUp()
    const run = reloader.execute()
    await ready.opened
    const reply = vi.fn().mockThrow(new Error('reply broke'))
    requests.next({ cause: 'x', reply })
    await expect(run).rejects.toThrow('reply broke')
  })
})
