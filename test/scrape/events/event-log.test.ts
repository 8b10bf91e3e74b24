import { describe, expect, it } from 'vitest'
import {
  type EventFacts,
  type EventFilter,
  EventLog,
  type EventRange,
} from '../../../src/scrape/events/index.js'

const at = 1000
/** The id of the first event. */
const first = 1_000_000

function facts(address: string, more: Partial<EventFacts> = {}): EventFacts {
  const head = { kind: 'added', manager: 'scrape', set: 'a', provider: 'file/0' } as const
  return { ...head, cause: 'answer', address, ...more }
}

function logOf(events: readonly EventFacts[], capacity = 100, maxCharacters?: number): EventLog {
  const log = new EventLog({
    capacity,
    now: () => at,
    ...(maxCharacters === undefined ? {} : { maxCharacters }),
  })
  for (const event of events) log.add(event)
  return log
}

function addresses(log: EventLog, filter: EventFilter = {}, range: Partial<EventRange> = {}) {
  const page = log.page(filter, { limit: 100, ...range })
  return page.map(({ json }) => (JSON.parse(json) as EventFacts).address)
}

const five = ['a:1', 'b:1', 'c:1', 'd:1', 'e:1']

describe('the event log', () => {
  it.each([
    { name: 'everything, the oldest first', range: {}, expected: five },
    { name: 'the latest', range: { limit: 2 }, expected: ['d:1', 'e:1'] },
    { name: 'what follows', range: { after: first + 1, limit: 2 }, expected: ['c:1', 'd:1'] },
    { name: 'what comes before', range: { before: first + 3, limit: 2 }, expected: ['b:1', 'c:1'] },
    { name: 'nothing after the last', range: { after: first + 4 }, expected: [] },
    { name: 'all after an event of an earlier run', range: { after: 5 }, expected: five },
    { name: 'all when the clock was set back', range: { after: first + 9 }, expected: five },
  ])('gives $name', ({ range, expected }) => {
    const log = logOf(five.map((address) => facts(address)))
    expect(addresses(log, {}, range)).toEqual(expected)
  })

  const various = [
    facts('a:1', { labels: { env: 'prod', instance: 'one' } }),
    facts('b:1', { set: 'b', kind: 'dropped', discoveredLabels: { 'a"b': 'say "hi"\n' } }),
    facts('c:1', { manager: 'notify', cause: 'reload', kind: 'removed' }),
    facts('d:1', { provider: 'dns/1', kind: 'changed', before: { env: 'dev' } }),
  ]
  it.each<[title: string, filter: EventFilter, expected: readonly string[]]>([
    ['of a set', { set: 'b' }, ['b:1']],
    ['of a manager', { manager: 'notify' }, ['c:1']],
    ['of a provider', { provider: 'dns/1' }, ['d:1']],
    ['of a cause', { cause: 'reload' }, ['c:1']],
    ['of some kinds', { kinds: ['dropped', 'removed'] }, ['b:1', 'c:1']],
    ['of an address', { address: 'a:1' }, ['a:1']],
    ['of an address as a whole', { address: 'a' }, []],
    ['with part of an address', { text: 'd:' }, ['d:1']],
    ['with part of a value', { text: 'pro' }, ['a:1']],
    ['with part of a value that was', { text: 'de' }, ['d:1']],
    ['with a label', { text: 'env="prod"' }, ['a:1']],
    ['with a label as a whole', { text: 'env="pro"' }, []],
    ['with characters that JSON escapes', { text: 'say "hi"\n' }, ['b:1']],
    ['without taking fields for labels', { text: 'dropped' }, []],
    ['without taking names for values', { text: 'instance' }, []],
    ['of everything that is asked', { set: 'a', text: 'env="prod"' }, ['a:1']],
  ])('gives those %s', (_title, filter, expected) => {
    expect(addresses(logOf(various), filter)).toEqual(expected)
  })

  it('keeps as many as its capacity, and says how many are lost', () => {
    const many = Array.from({ length: 1000 }, (_, i) => `h:${String(i)}`)
    const log = logOf(
      many.map((address) => facts(address)),
      30,
    )
    expect(addresses(log)).toEqual(many.slice(-30))
    expect(log.size).toBe(30)
    expect([first + 999, first + 968, first + 960, 5].map((id) => log.lostSince(id))).toEqual([
      0, 1, 9, 970,
    ])
  })

  it('keeps as much text as it may, and the last event whatever its length', () => {
    const value = 'x'.repeat(900)
    const big = five.map((address) => facts(address, { labels: { value } }))
    expect(addresses(logOf(big, 100, 2500))).toEqual(['d:1', 'e:1'])
    expect(addresses(logOf(big, 100, 10))).toEqual(['e:1'])
  })

  it.each([
    { name: 'the labels before relabelling', longest: 'discoveredLabels', keeps: 'labels' },
    { name: 'all labels', longest: 'labels', keeps: 'address' },
  ])('leaves out $name where an event would be too long', ({ longest, keeps }) => {
    const labels = { a: 'b' }
    const long = { value: 'x'.repeat(20_000) }
    const log = logOf([facts('a:1', { labels, discoveredLabels: labels, [longest]: long })])
    const [entry] = log.page({}, { limit: 1 })
    expect(entry?.json.length).toBeLessThan(500)
    const kept = JSON.parse(entry?.json ?? '') as Record<string, unknown>
    expect(kept).toMatchObject({ cut: true, address: 'a:1' })
    expect(Object.keys(kept)).toContain(keeps)
    expect(Object.keys(kept)).not.toContain(longest)
  })

  it('cuts an address that is too long', () => {
    const log = logOf([facts('h'.repeat(20_000), { fault: 'f'.repeat(20_000) })])
    expect(log.page({}, { limit: 1 })[0]?.json.length).toBeLessThan(3000)
  })

  it('tells those who follow it, first of what they have missed, until it is closed', () => {
    const log = logOf([facts('a:1'), facts('b:1')])
    const heard = (after?: number) => {
      const ids: (number | string)[] = []
      log
        .follow(after)
        .subscribe({ next: ({ id }) => ids.push(id - first), complete: () => ids.push('end') })
      return ids
    }
    const [fresh, resumed] = [heard(), heard(first)]
    log.add(facts('c:1'))
    log.close()
    expect([fresh, resumed]).toEqual([
      [2, 'end'],
      [1, 2, 'end'],
    ])
    expect(addresses(log)).toEqual(['a:1', 'b:1', 'c:1'])
  })
})
