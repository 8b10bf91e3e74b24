import { Subject } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  everyMs,
  onContentChange,
  onSignal,
  Reloader,
  type ReloadRequest,
} from '../../src/reload/index.js'
import { fakeSignals } from '../../src/testing/index.js'

const nothing = { results: new Subject<never>(), fingerprint: undefined }

describe('onSignal', () => {
  it('asks at every signal, under its name, and stops listening when left', () => {
    const source = fakeSignals()
    const requests: ReloadRequest[] = []
    const subscription = onSignal(source, 'SIGHUP')(nothing).subscribe((one) => requests.push(one))
    source.send('SIGHUP')
    source.send('SIGHUP')
    expect(requests).toEqual([{ cause: 'SIGHUP' }, { cause: 'SIGHUP' }])
    subscription.unsubscribe()
    expect(source.listenerCount()).toBe(0)
  })
})

describe('everyMs', () => {
  it('asks after each interval', () => {
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
    scheduler.run(({ expectObservable }) => {
      const x = { cause: 'timer' }
      expectObservable(everyMs(3, scheduler)(nothing), '^ 10ms !').toBe('---x--x--x', { x })
    })
  })
})

describe('onContentChange', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('asks once for each change, and never while nothing changes', async () => {
    const { disk, loaded, reloader, run } = setUp()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(loaded).toEqual(['one'])
    disk.content = 'two'
    await vi.advanceTimersByTimeAsync(10_000)
    expect(loaded).toEqual(['one', 'two'])
    reloader.interrupt()
    await run
    expect(vi.getTimerCount()).toBe(0)
  })

  it('tries a content that was refused again at every look, until it is mended', async () => {
    const { disk, loaded, reloader, run } = setUp()
    await vi.advanceTimersByTimeAsync(500)
    disk.content = 'bad'
    await vi.advanceTimersByTimeAsync(3_000)
    expect(loaded).toEqual(['one', 'bad', 'bad', 'bad'])
    disk.content = 'one'
    await vi.advanceTimersByTimeAsync(3_000)
    expect(loaded.slice(4)).toEqual([])
    reloader.interrupt()
    await run
  })

  it('knows a content that somebody else asked to load', async () => {
    const { disk, loaded, reloader, run } = setUp()
    await vi.advanceTimersByTimeAsync(0)
    disk.content = 'two'
    await reloader.reload('SIGHUP')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(loaded).toEqual(['one', 'two'])
    reloader.interrupt()
    await run
  })

  it('reports a content it cannot read, and asks all the same', async () => {
    const { disk, errors, reloader, run } = setUp()
    await vi.advanceTimersByTimeAsync(500)
    const gone = new Error('gone')
    disk.error = gone
    await vi.advanceTimersByTimeAsync(1_000)
    expect(errors).toEqual([gone])
    expect(await reloader.check()).toMatchObject({ reasons: [{ error: gone }] })
    reloader.interrupt()
    await run
  })

  it('asks for nothing without a fingerprint', () => {
    const requests: ReloadRequest[] = []
    onContentChange({ everyMs: 1 })(nothing).subscribe((one) => requests.push(one))
    expect(vi.getTimerCount()).toBe(0)
    expect(requests).toEqual([])
  })
})

/** A reloader over one piece of content, which refuses what begins with `bad`. */
function setUp() {
  const disk = { content: 'one', error: undefined as Error | undefined }
  const loaded: string[] = []
  const errors: unknown[] = []
  const read = async (): Promise<string> => {
    if (disk.error !== undefined) throw disk.error
    return disk.content
  }
  const load = async (): Promise<string> => {
    const content = await read()
    loaded.push(content)
    if (content.startsWith('bad')) throw new Error('bad content')
    return content
  }
  const reloader = new Reloader({
    load,
    parts: [],
    fingerprint: read,
    triggers: [onContentChange({ everyMs: 1_000, onError: (error) => errors.push(error) })],
  })
  return { disk, loaded, errors, reloader, run: reloader.execute() }
}
