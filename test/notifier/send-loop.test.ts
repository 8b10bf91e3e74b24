import { asyncScheduler } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Entry, entryOf } from '../../src/notifier/entry.js'
import type { LossReason } from '../../src/notifier/loss.js'
import { SendLoop, type SendLoopOptions } from '../../src/notifier/send-loop.js'
import { recordingLogger } from './recording-logger.js'
import { scriptedTransport } from './scripted-transport.js'

const start = Date.UTC(2026, 0, 1)
const hour = 3_600_000

beforeEach(() => {
  vi.useFakeTimers({ now: start })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Alerts that differ in their label `n`. */
function alerts(numbers: readonly (number | string)[], endsInMs = hour): readonly Entry[] {
  const now = Date.now()
  return numbers.map((n) => {
    const alert = { labels: { n: String(n) }, annotations: {}, generatorURL: '' }
    return entryOf({ ...alert, startsAt: now, endsAt: now + endsInMs }, now, hour)
  })
}

function range(count: number, from = 0): readonly number[] {
  return Array.from({ length: count }, (_, i) => from + i)
}

function loopOf(fields: Partial<SendLoopOptions> = {}) {
  const transport = scriptedTransport()
  const logger = recordingLogger()
  const counts = { sent: 0, repeats: 0, failed: 0, superseded: 0, length: 0, released: 0 }
  const lost = new Map<LossReason, number>()
  const latencies: number[] = []
  const loop = new SendLoop({
    url: 'http://am/api/v2/alerts',
    route: { transport, timeoutMs: 10_000 },
    queue: { alerts: 100, characters: 1e6 },
    batch: { alerts: 4, characters: 1e6 },
    scheduler: asyncScheduler,
    // The longest wait that the jitter allows, or nearly: no wait is shorter than half of it.
    random: () => 0.999999,
    logger,
    onReturn: () => [],
    metrics: {
      sent(count, repeats, seconds) {
        counts.sent += count
        counts.repeats += repeats
        latencies.push(seconds)
      },
      failed(count) {
        counts.failed += count
      },
      lost: (count, reason) => lost.set(reason, (lost.get(reason) ?? 0) + count),
      superseded(count) {
        counts.superseded += count
      },
      resized(by) {
        counts.length += by
      },
      release() {
        counts.released += 1
      },
    },
    ...fields,
  })
  loop.start()
  return { loop, transport, logger, counts, lost, latencies }
}

/** Lets everything happen that is due now. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

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

  it.each([
    { name: 'an answer of 500', how: () => 500 },
    { name: 'an answer of 503', how: () => 503 },
    { name: 'an answer of 429', how: () => 429 },
    { name: 'an answer of 401, for a secret may be renewed', how: () => 401 },
    { name: 'an answer of 404, for a path may be put right', how: () => 404 },
    { name: 'a redirect that is not followed', how: () => 302 },
    { name: 'a connection that is refused', how: () => new Error('ECONNREFUSED') },
  ])('tries again after $name', async ({ how }) => {
    const { loop, transport, counts, lost, logger } = loopOf()
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
    expect(lost).toEqual(new Map())
    expect(logger.messages()).toEqual([
      'Error sending alerts (2)',
      'Alertmanager takes alerts again',
    ])
  })

  it.each([
    { name: 'an answer of 500', poison: 500 },
    { name: 'no answer in time', poison: undefined },
  ])('tells all others though one alert always leads to $name', async ({ poison }) => {
    const { loop, transport, counts, lost } = loopOf({ batch: { alerts: 8, characters: 1e6 } })
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
    expect(lost).toEqual(new Map())
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

  it('tells the newest state when it gets through at last', async () => {
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

  it('tells a state that came while the older one was on its way', async () => {
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
    const { loop, transport, lost, logger } = loopOf()
    transport.reply(() => 500)
    loop.add(alerts([1], 5_000))
    loop.add(alerts([2], 60_000))
    await vi.advanceTimersByTimeAsync(10_000)
    transport.reply(() => 200)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(transport.last().numbers).toEqual(['2'])
    expect(lost).toEqual(new Map([['expired', 1]]))
    expect(logger.messages()).toContain(
      'Alerts expired before Alertmanager took them, dropping alerts (1)',
    )
  })

  it('tells the end of an alert, though it is in the past', async () => {
    const { loop, transport, lost } = loopOf()
    transport.reply(() => 500)
    loop.add(alerts([1], -60_000))
    await vi.advanceTimersByTimeAsync(hour - 10_001)
    transport.reply(() => 200)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(transport.last().numbers).toEqual(['1'])
    expect(lost).toEqual(new Map())
  })

  it.each([400, 413, 422])(
    'finds the alert that is refused with %i, and brings the others',
    async (status) => {
      const { loop, transport, counts, lost, logger } = loopOf({
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
      expect(lost).toEqual(new Map([['rejected', 2]]))
      expect(transport.posts.length).toBeLessThan(50)
      const said = logger.lines.map(({ message, fields }) => `${message} ${String(fields['err'])}`)
      expect(said).toEqual(
        Array(2).fill(
          `Alertmanager cannot take the alert, dropping it PostError: bad response status ${String(status)}`,
        ),
      )
    },
  )

  it('keeps its bound while nothing gets through, and says what it lost', async () => {
    const { loop, transport, counts, lost, logger } = loopOf()
    transport.reply(() => 500)
    for (let i = 0; i < 30; i += 1) loop.add(alerts(range(10, 10 * i)))
    await settle()
    expect(loop.health.queued).toBe(100)
    expect(counts.length).toBe(100)
    expect(lost).toEqual(new Map([['queue_full', 200]]))
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

  describe('when Alertmanager is back', () => {
    it('repeats what it may have forgotten after a time without an answer', async () => {
      const known = alerts([7, 8, 1])
      const { loop, transport, counts } = loopOf({ onReturn: () => known })
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
      const { loop, transport } = loopOf({ onReturn: () => alerts([7]) })
      transport.reply(() => 500)
      loop.add(alerts([1]))
      await settle()
      transport.reply(() => 200)
      await vi.advanceTimersByTimeAsync(250)
      expect(transport.posts).toHaveLength(2)
    })

    it('repeats nothing while it is stopping', async () => {
      const { loop, transport } = loopOf({ onReturn: () => alerts([7]) })
      transport.reply(() => new Error('ECONNREFUSED'))
      loop.add(alerts([1]))
      await settle()
      transport.reply(() => 200)
      await loop.stop('removed', 10_000)
      expect(transport.posts.map((post) => post.numbers)).toEqual([['1'], ['1']])
    })

    it('never gives up a new alert for a repeated one', async () => {
      const { loop, transport, lost } = loopOf({
        onReturn: () => alerts(range(100)),
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
      expect(lost).toEqual(new Map())
    })
  })

  describe('stopping', () => {
    it('sends everything first', async () => {
      const { loop, transport, counts, lost } = loopOf()
      transport.reply(() => 200)
      loop.add(alerts(range(10)))
      const stopped = loop.stop('shutdown', 10_000)
      await settle()
      await stopped
      expect(counts).toMatchObject({ sent: 10, length: 0, released: 1 })
      expect(lost).toEqual(new Map())
      expect(vi.getTimerCount()).toBe(0)
    })

    it('waits for nothing when the queue is empty', async () => {
      const { loop, counts } = loopOf()
      await settle()
      await loop.stop('shutdown', 10_000)
      expect(counts.released).toBe(1)
      expect(vi.getTimerCount()).toBe(0)
    })

    it('tries once more what waits for its time, and gives it up when that fails', async () => {
      const { loop, transport, lost, logger } = loopOf()
      transport.reply(() => 500)
      loop.add(alerts(range(6)))
      await vi.advanceTimersByTimeAsync(60_000)
      const before = transport.posts.length
      await loop.stop('shutdown', 10_000)
      expect(transport.posts).toHaveLength(before + 1)
      expect(lost).toEqual(new Map([['shutdown', 6]]))
      expect(logger.messages().at(-1)).toBe(
        'Alert notification queue not drained on shutdown, dropping alerts (6)',
      )
      expect(vi.getTimerCount()).toBe(0)
    })

    it('tries once more what was on its way when it was told to stop', async () => {
      const { loop, transport, counts, lost } = loopOf()
      loop.add(alerts([1, 2]))
      await settle()
      const stopped = loop.stop('shutdown', 10_000)
      transport.last().answer(500)
      await settle()
      transport.last().answer(200)
      await stopped
      expect(transport.posts).toHaveLength(2)
      expect(counts.sent).toBe(2)
      expect(lost).toEqual(new Map())
    })

    it('waits no longer than it is told for one that hangs', async () => {
      const { loop, transport, lost } = loopOf()
      loop.add(alerts(range(6)))
      await settle()
      const stopped = loop.stop('removed', 3_000)
      await vi.advanceTimersByTimeAsync(2_999)
      expect(transport.last().signal.aborted).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      await stopped
      expect(transport.last().signal.aborted).toBe(true)
      expect(transport.posts).toHaveLength(1)
      expect(lost).toEqual(new Map([['removed', 6]]))
      expect(vi.getTimerCount()).toBe(0)
    })

    it('gives everything up at once where nothing is to be drained', async () => {
      const { loop, transport, lost } = loopOf()
      loop.add(alerts(range(6)))
      await settle()
      await loop.stop('shutdown', 0)
      expect(transport.posts).toHaveLength(1)
      expect(transport.last().signal.aborted).toBe(true)
      expect(lost).toEqual(new Map([['shutdown', 6]]))
      expect(vi.getTimerCount()).toBe(0)
    })
  })
})
