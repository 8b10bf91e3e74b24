import { describe, expect, it } from 'vitest'
import type { CompletedAlert } from '../../src/notifier/completed-alert.js'
import { type AlertLimits, AlertQueue, type QueuedAlert } from '../../src/notifier/queue.js'

const alertOf = (key: string, fields: Partial<CompletedAlert> = {}): CompletedAlert => ({
  key,
  labels: {},
  json: `${key}.........`.slice(0, 10),
  validUntil: 1000,
  ...fields,
})
const alertsOf = (keys: string): readonly CompletedAlert[] =>
  keys.split('').map((key) => alertOf(key))
const keysOf = (batch: readonly QueuedAlert[]): string =>
  batch.map(({ alert }) => alert.key).join('')

function queueOf(limits: Partial<AlertLimits> = {}) {
  const log: string[] = []
  let length = 0
  const queue = new AlertQueue(
    { alerts: 5, characters: 1000, ...limits },
    {
      dropped: (alerts, reason) => log.push(`dropped ${String(alerts.length)} ${reason}`),
      superseded: (count) => log.push(`superseded ${String(count)}`),
      resized: (by) => {
        length += by
      },
    },
  )
  const rest = (): string => keysOf(queue.take({ alerts: 1000, characters: 1e9 }, 0))
  return { queue, log, rest, length: () => length }
}

describe('AlertQueue', () => {
  it('takes alerts that came earlier to the front, each once, and none that has a newer state', () => {
    const { queue, log, rest, length } = queueOf()
    queue.add(alertsOf('ab'), 0)
    queue.addOlder(alertsOf('cacd'), 0)
    expect(length()).toBe(4)
    expect(rest()).toBe('cdab')
    expect(log).toEqual(['superseded 2'])
  })

  it('counts what waits though alerts that came earlier have one key', () => {
    const { queue, log } = queueOf({ characters: 25 })
    queue.addOlder(alertsOf('aaaa'), 0)
    expect([queue.size, log]).toEqual([1, ['superseded 3']])
  })

  it.each([
    { name: 'keeps the order of what is added', add: ['abc', 'd'], rest: 'abcd', log: [] },
    {
      name: 'drops the oldest over its bound',
      add: ['abc', 'defg'],
      rest: 'cdefg',
      log: ['dropped 2 queue_full'],
    },
    {
      name: 'keeps the end of a batch larger than itself',
      add: ['abcdefgh'],
      rest: 'defgh',
      log: ['dropped 3 queue_full'],
    },
    {
      name: 'lets a newer state take the place of an older one',
      add: ['abc', 'ad'],
      rest: 'abcd',
      log: ['superseded 1'],
    },
    {
      name: 'counts a state that is replaced in the same batch',
      add: ['aab'],
      rest: 'ab',
      log: ['superseded 1'],
    },
    {
      name: 'replaces without losing when it is full',
      add: ['abcde', 'ca'],
      rest: 'abcde',
      log: ['superseded 2'],
    },
  ])('$name', ({ add, rest, log }) => {
    const made = queueOf()
    for (const batch of add) made.queue.add(alertsOf(batch), 0)
    expect(made.length()).toBe(made.queue.size)
    expect(made.rest()).toBe(rest)
    expect(made.log).toEqual(log)
    expect(made.length()).toBe(0)
  })

  it('takes the newer state of an alert, not the older', () => {
    const { queue } = queueOf()
    queue.add([alertOf('a', { json: 'old' }), alertOf('a', { json: 'new' })], 0)
    const [taken] = queue.take({ alerts: 9, characters: 99 }, 0)
    expect(taken?.alert.json).toBe('new')
  })

  it('drops the oldest over its bound of characters', () => {
    const { queue, log, rest } = queueOf({ characters: 35 })
    queue.add(alertsOf('abcde'), 0)
    expect(log).toEqual(['dropped 2 queue_full'])
    expect(rest()).toBe('cde')
  })

  it('gives up an alert that is larger than the whole queue, and takes the next', () => {
    const { queue, log, rest } = queueOf({ characters: 35 })
    queue.add([alertOf('a', { json: 'x'.repeat(36) })], 0)
    queue.add(alertsOf('b'), 0)
    expect(log).toEqual(['dropped 1 queue_full'])
    expect(rest()).toBe('b')
  })

  it.each([
    { name: 'alerts', limit: { alerts: 2, characters: 1000 }, keys: 'ab' },
    { name: 'characters', limit: { alerts: 9, characters: 30 }, keys: 'abc' },
    { name: 'characters, but at least one alert', limit: { alerts: 9, characters: 1 }, keys: 'a' },
  ])('takes no more than the limit of $name', ({ limit, keys }) => {
    const { queue } = queueOf()
    queue.add(alertsOf('abcde'), 0)
    expect(keysOf(queue.take(limit, 0))).toBe(keys)
    expect(queue.size).toBe(5 - keys.length)
  })

  it('gives up what has expired when something is taken', () => {
    const { queue, log, rest } = queueOf()
    queue.add([alertOf('a', { validUntil: 10 }), alertOf('b', { validUntil: 20 }), alertOf('c')], 0)
    expect(keysOf(queue.take({ alerts: 1, characters: 99 }, 10))).toBe('b')
    expect(log).toEqual(['dropped 1 expired'])
    expect(rest()).toBe('c')
  })

  it('gives up what has expired before what is valid', () => {
    const { queue, log, rest } = queueOf({ alerts: 2 })
    queue.add([alertOf('a'), alertOf('b', { validUntil: 10 })], 0)
    queue.add(alertsOf('c'), 10)
    expect(log).toEqual(['dropped 1 expired'])
    expect(rest()).toBe('ac')
  })

  it('looks again for the next to expire after one has', () => {
    const { queue, log } = queueOf()
    queue.add([alertOf('a', { validUntil: 10 }), alertOf('b', { validUntil: 20 })], 0)
    queue.take({ alerts: 0, characters: 0 }, 10)
    queue.take({ alerts: 0, characters: 0 }, 20)
    expect(log).toEqual(['dropped 1 expired'])
    expect(queue.size).toBe(0)
  })

  it('puts a batch back to the front, without those that have a newer state by now', () => {
    const { queue, log, rest } = queueOf()
    queue.add(alertsOf('abc'), 0)
    const batch = queue.take({ alerts: 2, characters: 99 }, 0)
    queue.add(alertsOf('bd'), 0)
    queue.putBack(batch, 0)
    expect(log).toEqual(['superseded 1'])
    expect(rest()).toBe('acbd')
  })

  it('takes postponed alerts after all others, each by itself', () => {
    const { queue, rest, length } = queueOf()
    queue.add(alertsOf('abc'), 0)
    for (const one of queue.take({ alerts: 2, characters: 99 }, 0)) queue.postpone(one, 0)
    queue.add(alertsOf('d'), 0)
    expect([rest(), rest(), rest(), rest()]).toEqual(['cd', 'a', 'b', ''])
    expect(length()).toBe(0)
  })

  it('takes the newer state of a postponed alert like any other', () => {
    const { queue, log, rest } = queueOf()
    queue.add(alertsOf('a'), 0)
    const taken = queue.take({ alerts: 1, characters: 99 }, 0)
    queue.add(alertsOf('ab'), 0)
    for (const one of taken) queue.postpone(one, 0)
    expect(log).toEqual(['superseded 1'])
    expect(rest()).toBe('ab')
  })

  it('puts back no more than it may hold', () => {
    const { queue, log, rest } = queueOf({ alerts: 3 })
    queue.add(alertsOf('abc'), 0)
    const batch = queue.take({ alerts: 3, characters: 99 }, 0)
    queue.add(alertsOf('de'), 0)
    queue.putBack(batch, 0)
    expect(log).toEqual(['dropped 2 queue_full'])
    expect(rest()).toBe('cde')
  })

  it('counts repeats neither as dropped nor as superseded', () => {
    const { queue, log, rest } = queueOf({ alerts: 3 })
    queue.add(alertsOf('ab'), 0)
    queue.addRepeats(alertsOf('xyzb'), 0)
    expect(log).toEqual([])
    queue.add(alertsOf('c'), 0)
    expect(log).toEqual([])
    queue.add(alertsOf('d'), 0)
    expect(log).toEqual(['dropped 1 queue_full'])
    expect(rest()).toBe('bcd')
  })

  it('gives up everything with the reason it is given', () => {
    const { queue, log, length } = queueOf()
    queue.add(alertsOf('abc'), 0)
    queue.clear('shutdown')
    expect(log).toEqual(['dropped 3 shutdown'])
    expect(length()).toBe(0)
  })

  it('loses nothing unseen, whatever happens', () => {
    // A small linear congruential generator: the same story on every run.
    let seed = 7
    const dice = (sides: number): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return Math.floor((seed / 2147483648) * sides)
    }
    let [added, gone, delivered, now] = [0, 0, 0, 0]
    const queue = new AlertQueue(
      { alerts: 20, characters: 1000 },
      {
        dropped: (alerts) => {
          gone += alerts.length
        },
        superseded: (count) => {
          gone += count
        },
        resized: () => {},
      },
    )
    for (let step = 0; step < 5000; step += 1) {
      now += dice(3)
      const batch = Array.from({ length: dice(12) }, () =>
        alertOf(String(dice(60)), { validUntil: now + 1 + dice(40) }),
      )
      added += batch.length
      queue.add(batch, now)
      const taken = queue.take({ alerts: dice(9), characters: 500 }, now)
      const fate = dice(3)
      if (fate === 0) queue.putBack(taken, now)
      else if (fate === 1) for (const one of taken) queue.postpone(one, now)
      else delivered += taken.length
      expect(queue.size).toBeLessThanOrEqual(20)
      expect(delivered + gone + queue.size).toBe(added)
    }
    expect(delivered).toBeGreaterThan(0)
    expect(gone).toBeGreaterThan(0)
  })
})
