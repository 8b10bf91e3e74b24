import { describe, expect, it, vi } from 'vitest'
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

    it('tries once more what waits for its time, and gives it up when that fails', async () => {
      const { loop, transport, dropped, logger } = loopOf()
      transport.reply(() => 500)
      loop.add(alerts(range(6)))
      await vi.advanceTimersByTimeAsync(60_000)
      const before = transport.posts.length
      await loop.stop('shutdown', 10_000)
      expect(transport.posts).toHaveLength(before + 1)
      expect(dropped).toEqual(new Map([['shutdown', 6]]))
      expect(logger.messages().at(-1)).toBe(
        'Alert notification queue not drained on shutdown, dropping alerts (6)',
      )
      expect(vi.getTimerCount()).toBe(0)
    })

    it('tries once more what was on its way when the stop came', async () => {
      const { loop, transport, counts, dropped } = loopOf()
      loop.add(alerts([1, 2]))
      await settle()
      const stopped = loop.stop('shutdown', 10_000)
      transport.last().answer(500)
      await settle()
      transport.last().answer(200)
      await stopped
      expect(transport.posts).toHaveLength(2)
      expect(counts.sent).toBe(2)
      expect(dropped).toEqual(new Map())
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
