import { describe, expect, it, vi } from 'vitest'
import { Turns } from '../../src/waiting/turns.js'
import { HandClock } from '../waiting/hand-clock.js'
import { settle, useStandingClock } from './notifier-rig.js'
import { alerts, loopOf, range } from './send-loop-rig.js'

useStandingClock()

describe('SendLoop', () => {
  describe('stopping', () => {
    it('sends everything first', async () => {
      const { loop, transport, counts, dropped } = loopOf()
      transport.reply(() => 200)
      loop.add(alerts(range(10)))
      const stopped = loop.stop('shutdown', 10_000)
      await settle()
      await stopped
      expect(counts).toMatchObject({ sent: 10, length: 0, released: 1 })
      expect(dropped).toEqual(new Map())
      expect(vi.getTimerCount()).toBe(0)
    })

    it('waits for nothing when the queue is empty', async () => {
      const { loop, counts } = loopOf()
      await settle()
      await loop.stop('shutdown', 10_000)
      expect(counts.released).toBe(1)
      expect(vi.getTimerCount()).toBe(0)
    })

    it('tries again what waits for its time until the time to drain is up, and gives it up then', async () => {
      const { loop, transport, dropped, outcomes, logger } = loopOf()
      transport.reply(() => 500)
      loop.add(alerts(range(6)))
      await vi.advanceTimersByTimeAsync(60_000)
      const before = transport.posts.length
      const stopped = loop.stop('shutdown', 10_000)
      // At once, after 0.25, 0.5 and 1 seconds, and then every second.
      await vi.advanceTimersByTimeAsync(1_749)
      expect(transport.posts).toHaveLength(before + 3)
      await vi.advanceTimersByTimeAsync(8_250)
      expect(transport.posts).toHaveLength(before + 12)
      await stopped
      expect(dropped).toEqual(new Map([['shutdown', 6]]))
      expect(outcomes.lost).toEqual(['shutdown 2 3 4 5 0 1'])
      expect(logger.messages().at(-1)).toBe(
        'Alert notification queue not drained on shutdown, dropping alerts (6)',
      )
      expect(vi.getTimerCount()).toBe(0)
    })

    it('delivers to an Alertmanager that comes two seconds later', async () => {
      const { loop, transport, counts, dropped } = loopOf()
      transport.reply(() => new Error('connect ECONNREFUSED'))
      loop.add(alerts(range(6)))
      const stopped = loop.stop('shutdown', 10_000)
      await vi.advanceTimersByTimeAsync(2_000)
      transport.reply(() => 200)
      await vi.advanceTimersByTimeAsync(1_000)
      await stopped
      expect(counts.sent).toBe(6)
      expect(dropped).toEqual(new Map())
      expect(vi.getTimerCount()).toBe(0)
    })

    it('tries again what was on its way when the stop came', async () => {
      const { loop, transport, counts, dropped } = loopOf()
      loop.add(alerts([1, 2]))
      await settle()
      const stopped = loop.stop('shutdown', 10_000)
      transport.last().answer(500)
      await settle()
      expect(loop.health).toMatchObject({ queued: 2, nextTry: Date.now() + 250 })
      await vi.advanceTimersByTimeAsync(250)
      transport.last().answer(200)
      await stopped
      expect(transport.posts).toHaveLength(2)
      expect(counts.sent).toBe(2)
      expect(dropped).toEqual(new Map())
    })

    it('gives up a post that hangs at the deadline, also where earlier ones failed', async () => {
      const { loop, transport, dropped } = loopOf()
      transport.reply((post) => (post === transport.posts[1] ? undefined : 500))
      loop.add(alerts(range(6)))
      const stopped = loop.stop('shutdown', 3_000)
      await vi.advanceTimersByTimeAsync(3_000)
      await stopped
      expect(transport.posts).toHaveLength(2)
      expect(transport.last().signal.aborted).toBe(true)
      expect(dropped).toEqual(new Map([['shutdown', 6]]))
      expect(vi.getTimerCount()).toBe(0)
    })

    it.each([
      { asked: '2', posts: 3, after: 'tries again when it is asked to' },
      { asked: '60', posts: 1, after: 'waits for nothing where that is after the deadline' },
    ])('is asked to try again in $asked seconds, and $after', async ({ asked, posts }) => {
      const { loop, transport, dropped } = loopOf()
      loop.add(alerts([1]))
      await settle()
      transport.reply((post) => {
        post.answer(503, { retryAfter: asked })
        return undefined
      })
      transport.last().answer(503, { retryAfter: asked })
      const stopped = loop.stop('shutdown', 5_000)
      await vi.advanceTimersByTimeAsync(posts === 1 ? 0 : 5_000)
      await stopped
      expect(transport.posts).toHaveLength(posts)
      expect(dropped).toEqual(new Map([['shutdown', 1]]))
      expect(vi.getTimerCount()).toBe(0)
    })

    it('begins when the alerts that were valid before the loop are queued', async () => {
      const before = alerts([1, 2])
      const clock = new HandClock()
      const turns = new Turns({ clock, budgetMs: 2 })
      const { loop, transport, counts } = loopOf({
        lane: turns.lane(),
        *validAlerts() {
          yield
          yield before
        },
      })
      transport.reply(() => 200)
      loop.fill()
      loop.add(alerts([3]))
      await settle()
      const stopped = loop.stop('shutdown', 10_000)
      expect(counts.released).toBe(0)
      clock.turn()
      clock.turn()
      await settle()
      await stopped
      expect(transport.posts.map(({ numbers }) => numbers.join(' '))).toEqual(['3', '1 2'])
      expect(counts).toMatchObject({ sent: 3, released: 1, length: 0 })
    })

    it('waits no longer than the time to drain for one that hangs', async () => {
      const { loop, transport, dropped } = loopOf()
      loop.add(alerts(range(6)))
      await settle()
      const stopped = loop.stop('removed', 3_000)
      await vi.advanceTimersByTimeAsync(2_999)
      expect(transport.last().signal.aborted).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      await stopped
      expect(transport.last().signal.aborted).toBe(true)
      expect(transport.posts).toHaveLength(1)
      expect(dropped).toEqual(new Map([['removed', 6]]))
      expect(vi.getTimerCount()).toBe(0)
    })

    it('gives everything up at once where nothing is to be drained', async () => {
      const { loop, transport, dropped } = loopOf()
      loop.add(alerts(range(6)))
      await settle()
      await loop.stop('shutdown', 0)
      expect(transport.posts).toHaveLength(1)
      expect(transport.last().signal.aborted).toBe(true)
      expect(dropped).toEqual(new Map([['shutdown', 6]]))
      expect(vi.getTimerCount()).toBe(0)
    })
  })
})
