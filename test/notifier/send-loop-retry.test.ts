import { describe, expect, it, vi } from 'vitest'
import { settle, start, useStandingClock } from './notifier-rig.js'
import { alerts, loopOf, range } from './send-loop-rig.js'

useStandingClock()

describe('SendLoop', () => {
  it.each([
    { name: 'an answer of 500', how: () => 500 },
    { name: 'an answer of 503', how: () => 503 },
    { name: 'an answer of 429', how: () => 429 },
    { name: 'an answer of 401, for a secret may be renewed', how: () => 401 },
    { name: 'an answer of 404, for a path may be put right', how: () => 404 },
    { name: 'a redirect that is not followed', how: () => 302 },
    { name: 'a connection that is refused', how: () => new Error('ECONNREFUSED') },
  ])('tries again after $name', async ({ how }) => {
    const { loop, transport, counts, dropped, logger } = loopOf()
    transport.reply(how)
    loop.add(alerts([1, 2]))
    await settle()
    expect(loop.health.queued).toBe(2)
    transport.reply(() => 200)
    await vi.advanceTimersByTimeAsync(250)
    expect(transport.posts.map((post) => post.numbers)).toEqual([
      ['1', '2'],
      ['1', '2'],
    ])
    expect(counts).toMatchObject({ sent: 2, failed: 2, length: 0 })
    expect(dropped).toEqual(new Map())
    expect(logger.messages()).toEqual([
      'Error sending alerts (2)',
      'Alertmanager takes alerts again',
    ])
  })

  it.each([
    { name: 'an answer of 500', poison: 500 },
    { name: 'no answer in time', poison: undefined },
  ])('delivers all others though one alert always leads to $name', async ({ poison }) => {
    const { loop, transport, counts, dropped } = loopOf({ batch: { alerts: 8, characters: 1e6 } })
    transport.reply(({ numbers }) => (numbers.includes('3') ? poison : 200))
    loop.add(alerts(range(20)))
    await vi.advanceTimersByTimeAsync(120_000)
    expect(counts.sent).toBe(19)
    expect(loop.health.queued + loop.health.sending).toBe(1)
    // Whoever comes later waits for one try of that alert, and no longer.
    loop.add(alerts(['late']))
    await vi.advanceTimersByTimeAsync(20_000)
    expect(counts.sent).toBe(20)
    transport.reply(() => 200)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(counts).toMatchObject({ sent: 21, length: 0 })
    expect(dropped).toEqual(new Map())
  })

  it('gets through to an Alertmanager that is too slow for whole batches', async () => {
    const { loop, transport, counts } = loopOf({ batch: { alerts: 64, characters: 1e6 } })
    transport.reply(({ numbers }) => (numbers.length > 8 ? undefined : 200))
    loop.add(alerts(range(90)))
    await vi.advanceTimersByTimeAsync(10 * 60_000)
    expect(counts).toMatchObject({ sent: 90, length: 0 })
  })

  it('waits twice as long after each failure, up to ten seconds', async () => {
    const { loop, transport } = loopOf()
    const times: number[] = []
    transport.reply(() => {
      times.push(Date.now())
      return 500
    })
    loop.add(alerts([1]))
    await vi.advanceTimersByTimeAsync(60_000)
    const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0))
    expect(waits.slice(0, 8)).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
  })

  it('waits half as long where chance says so', async () => {
    const { loop, transport } = loopOf({ random: () => 0 })
    transport.reply(() => 500)
    loop.add(alerts([1]))
    await vi.advanceTimersByTimeAsync(124)
    expect(transport.posts).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(transport.posts).toHaveLength(2)
  })

  it('begins with short waits again once a post was taken', async () => {
    const { loop, transport } = loopOf()
    transport.reply(() => 500)
    loop.add(alerts([1]))
    await vi.advanceTimersByTimeAsync(5000)
    transport.reply(() => 200)
    await vi.advanceTimersByTimeAsync(10_000)
    transport.reply(() => 500)
    loop.add(alerts([2]))
    await settle()
    expect(loop.health).toMatchObject({
      lastError: 'bad response status 500',
      nextTry: Date.now() + 250,
    })
  })

  it.each([
    { name: 'seconds', header: '30' },
    { name: 'a date', header: new Date(start + 30_000).toUTCString() },
  ])('honours a Retry-After in $name', async ({ header }) => {
    const { loop, transport } = loopOf()
    loop.add(alerts([1]))
    await settle()
    transport.last().answer(429, { retryAfter: header })
    await vi.advanceTimersByTimeAsync(29_999)
    expect(transport.posts).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(transport.posts).toHaveLength(2)
  })

  it('does not try earlier because more alerts come', async () => {
    const { loop, transport } = loopOf()
    loop.add(alerts([1]))
    await settle()
    transport.last().answer(429, { retryAfter: '30' })
    await vi.advanceTimersByTimeAsync(1000)
    loop.add(alerts([2]))
    await vi.advanceTimersByTimeAsync(28_999)
    expect(transport.posts).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(transport.last().numbers).toEqual(['1', '2'])
  })

  it('gives up a post that takes longer than the timeout', async () => {
    const { loop, transport } = loopOf()
    loop.add(alerts([1]))
    await vi.advanceTimersByTimeAsync(9_999)
    expect(transport.last().signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(transport.last().signal.aborted).toBe(true)
    expect(loop.health).toMatchObject({ queued: 1, lastError: 'no answer within 10000 ms' })
    await vi.advanceTimersByTimeAsync(250)
    expect(transport.posts).toHaveLength(2)
  })

  describe('when Alertmanager is back', () => {
    it('repeats what it may have forgotten after a time without an answer', async () => {
      const known = alerts([7, 8, 1])
      const { loop, transport, counts } = loopOf({ valid: () => known })
      transport.reply(() => new Error('ECONNREFUSED'))
      loop.add(alerts([1]))
      await settle()
      transport.reply(() => 200)
      await vi.advanceTimersByTimeAsync(250)
      expect(transport.posts.slice(1).map((post) => post.numbers)).toEqual([['1'], ['7', '8']])
      expect(counts).toMatchObject({ sent: 3, repeats: 2 })
      await vi.advanceTimersByTimeAsync(60_000)
      expect(transport.posts).toHaveLength(3)
    })

    it('repeats nothing after answers of 500: it was there all the time', async () => {
      const { loop, transport } = loopOf({ valid: () => alerts([7]) })
      transport.reply(() => 500)
      loop.add(alerts([1]))
      await settle()
      transport.reply(() => 200)
      await vi.advanceTimersByTimeAsync(250)
      expect(transport.posts).toHaveLength(2)
    })

    it('repeats nothing while it is stopping', async () => {
      const { loop, transport } = loopOf({ valid: () => alerts([7]) })
      transport.reply(() => new Error('ECONNREFUSED'))
      loop.add(alerts([1]))
      await settle()
      transport.reply(() => 200)
      await loop.stop('removed', 10_000)
      expect(transport.posts.map((post) => post.numbers)).toEqual([['1'], ['1']])
    })

    it('never gives up a new alert for a repeated one', async () => {
      const { loop, transport, dropped } = loopOf({
        valid: () => alerts(range(100)),
        queue: { alerts: 10, characters: 1e6 },
      })
      transport.reply(() => new Error('ECONNREFUSED'))
      loop.add(alerts(range(10, 200)))
      await settle()
      transport.reply(() => 200)
      await vi.advanceTimersByTimeAsync(250)
      expect(transport.posts.flatMap((post) => post.numbers)).toEqual(
        expect.arrayContaining(range(10, 200).map(String)),
      )
      expect(dropped).toEqual(new Map())
    })
  })
})
