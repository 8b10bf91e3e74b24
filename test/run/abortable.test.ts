import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { abortable, Group, untilAborted } from '../../src/run/index.js'

const boom = new Error('boom')

describe('abortable work', () => {
  it('is told the reason of the interrupt through its signal', async () => {
    const reasons: unknown[] = []
    const actor = abortable('work', async (signal) => {
      await aborted(signal)
      reasons.push(signal.reason)
    })
    const over = actor.execute()
    await actor.interrupt(boom)
    await over
    expect(reasons).toEqual([boom])
  })

  it.each([
    { name: 'the reason itself', thrown: (signal: AbortSignal): unknown => signal.reason },
    { name: 'an AbortError', thrown: () => new DOMException('stopped', 'AbortError') },
  ])('ends well when it rejects with $name after the interrupt', async ({ thrown }) => {
    const actor = abortable('work', async (signal) => {
      await aborted(signal)
      throw thrown(signal)
    })
    const over = actor.execute()
    await actor.interrupt(boom)
    await expect(over).resolves.toBeUndefined()
  })

  it.each([
    { name: 'another error after the interrupt', interrupted: true, error: new Error('clean-up') },
    {
      name: 'an AbortError nobody asked for',
      interrupted: false,
      error: new DOMException('own timeout', 'AbortError'),
    },
  ])('fails with $name', async ({ interrupted, error }) => {
    const actor = abortable('work', () => Promise.reject(error))
    if (interrupted) await actor.interrupt(undefined)
    await expect(actor.execute()).rejects.toBe(error)
  })

  it('sees an aborted signal from the start when the interrupt came first', async () => {
    const seen: boolean[] = []
    const actor = abortable('work', async (signal) => {
      seen.push(signal.aborted)
    })
    await actor.interrupt(undefined)
    await actor.execute()
    expect(seen).toEqual([true])
  })
})

describe('untilAborted', () => {
  it('ends its group when the parent signal aborts', async () => {
    const parent = new AbortController()
    const run = new Group().add(untilAborted('parent', parent.signal)).run()
    parent.abort()
    await run
    expect(getEventListeners(parent.signal, 'abort')).toEqual([])
  })

  it('ends at once on a signal that is aborted already', async () => {
    await new Group().add(untilAborted('parent', AbortSignal.abort())).run()
  })

  it('leaves no listener on the parent when its group ends for another reason', async () => {
    const parent = new AbortController()
    const group = new Group().add(untilAborted('parent', parent.signal))
    const run = group.run()
    expect(getEventListeners(parent.signal, 'abort')).toHaveLength(1)
    group.interrupt()
    await run
    expect(getEventListeners(parent.signal, 'abort')).toEqual([])
  })
})

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
