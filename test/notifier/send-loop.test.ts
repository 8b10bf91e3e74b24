import { describe, expect, it, vi } from 'vitest'
import { settle, useStandingClock } from './notifier-rig.js'
import { scriptedTransport } from './scripted-transport.js'
import { alerts, hour, loopOf, range } from './send-loop-rig.js'

useStandingClock()

describe('SendLoop', () => {
  it('posts in batches, oldest first, one at a time', async () => {
    const { loop, transport, counts, latencies } = loopOf()
    loop.add(alerts(range(6)))
    await settle()
    expect(transport.posts.map((post) => post.numbers)).toEqual([['0', '1', '2', '3']])
    expect(transport.last().url).toBe('http://am/api/v2/alerts')
    await vi.advanceTimersByTimeAsync(1500)
    transport.last().answer(200)
    await settle()
    expect(transport.last().numbers).toEqual(['4', '5'])
    transport.last().answer(202)
    await settle()
    expect(transport.posts).toHaveLength(2)
    expect(counts).toMatchObject({ sent: 6, failed: 0, length: 0 })
    expect(latencies).toEqual([1.5, 0])
  })

  it('wakes for alerts that come later', async () => {
    const { loop, transport } = loopOf()
    transport.reply(() => 200)
    await settle()
    loop.add(alerts([1]))
    await settle()
    loop.add(alerts([2]))
    await settle()
    expect(transport.posts.map((post) => post.numbers)).toEqual([['1'], ['2']])
  })

  it('delivers the newest state when it gets through at last', async () => {
    const { loop, transport, counts } = loopOf()
    loop.add(alerts([1, 2]))
    await settle()
    const [newer] = alerts([1], -1000)
    loop.add(newer === undefined ? [] : [newer])
    transport.last().answer(500)
    await vi.advanceTimersByTimeAsync(250)
    expect(transport.last().numbers).toEqual(['2', '1'])
    expect(transport.last().body).toContain(newer?.json)
    expect(counts.superseded).toBe(1)
  })

  it('delivers a state that came while the older one was on its way', async () => {
    const { loop, transport, counts } = loopOf()
    loop.add(alerts([1]))
    await settle()
    loop.add(alerts([1], -1000))
    transport.last().answer(200)
    await settle()
    transport.last().answer(200)
    await settle()
    expect(transport.posts.map((post) => post.numbers)).toEqual([['1'], ['1']])
    expect(counts).toMatchObject({ sent: 2, superseded: 0 })
  })

  it('gives alerts up when they expire, and goes on with the others', async () => {
    const { loop, transport, dropped, logger } = loopOf()
    transport.reply(() => 500)
    loop.add(alerts([1], 5_000))
    loop.add(alerts([2], 60_000))
    await vi.advanceTimersByTimeAsync(10_000)
    transport.reply(() => 200)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(transport.last().numbers).toEqual(['2'])
    expect(dropped).toEqual(new Map([['expired', 1]]))
    expect(logger.messages()).toContain(
      'Alerts expired before Alertmanager took them, dropping alerts (1)',
    )
  })

  it('delivers the end of an alert, though it is in the past', async () => {
    const { loop, transport, dropped } = loopOf()
    transport.reply(() => 500)
    loop.add(alerts([1], -60_000))
    await vi.advanceTimersByTimeAsync(hour - 10_001)
    transport.reply(() => 200)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(transport.last().numbers).toEqual(['1'])
    expect(dropped).toEqual(new Map())
  })

  it.each([400, 413, 422])(
    'finds the alert that is refused with %i, and brings the others',
    async (status) => {
      const { loop, transport, counts, dropped, logger } = loopOf({
        batch: { alerts: 64, characters: 1e6 },
      })
      const taken: string[] = []
      transport.reply(({ numbers }) => {
        if (numbers.includes('13') || numbers.includes('40')) return status
        taken.push(...numbers)
        return 200
      })
      loop.add(alerts(range(100)))
      await settle()
      expect(taken).toEqual(
        range(100)
          .map(String)
          .filter((n) => n !== '13' && n !== '40'),
      )
      expect(counts).toMatchObject({ sent: 98, length: 0 })
      expect(dropped).toEqual(new Map([['rejected', 2]]))
      expect(transport.posts.length).toBeLessThan(50)
      const shown = logger.lines.map(({ message, fields }) => `${message} ${String(fields['err'])}`)
      expect(shown).toEqual(
        Array(2).fill(
          `Alertmanager cannot take the alert, dropping it PostError: bad response status ${String(status)}`,
        ),
      )
    },
  )

  it('keeps its bound while nothing gets through, and says what it dropped', async () => {
    const { loop, transport, counts, dropped, logger } = loopOf()
    transport.reply(() => 500)
    for (let i = 0; i < 30; i += 1) loop.add(alerts(range(10, 10 * i)))
    await settle()
    expect(loop.health.queued).toBe(100)
    expect(counts.length).toBe(100)
    expect(dropped).toEqual(new Map([['queue_full', 200]]))
    expect(logger.messages()).toContain('Alert notification queue full, dropping alerts (10)')
    transport.reply(() => 200)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(counts).toMatchObject({ sent: 100, length: 0 })
  })

  it('goes another way from the next post on, and at once when it waited', async () => {
    const { loop, transport } = loopOf()
    const other = scriptedTransport()
    other.reply(() => 200)
    loop.add(alerts([1]))
    await settle()
    transport.last().answer(401)
    await settle()
    expect(loop.health.nextTry).toBe(Date.now() + 250)
    loop.use({ transport: other, timeoutMs: 10_000 })
    await settle()
    expect(transport.posts).toHaveLength(1)
    expect(other.posts.map((post) => post.numbers)).toEqual([['1']])
  })

  it('goes another way at once when the post that was on its way fails', async () => {
    const { loop, transport } = loopOf()
    const other = scriptedTransport()
    loop.add(alerts([1]))
    await settle()
    loop.use({ transport: other, timeoutMs: 10_000 })
    await settle()
    expect(other.posts).toHaveLength(0)
    transport.last().answer(401)
    await settle()
    expect(other.posts.map((post) => post.numbers)).toEqual([['1']])
  })
})
