import { describe, expect, it } from 'vitest'
import type { PoolList, ScrapePool } from '../../../src/scrape/index.js'
import { group, jobWith, rules, Stage } from '../jobs.js'

const many = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i)}:1`)

function poolOf(stage: Stage): ScrapePool {
  const pool = stage.manager.pool('job')
  if (pool === undefined) throw new Error('there is no pool')
  return pool
}

/** Many small groups, and one that is too large for one part. */
function filled(): { stage: Stage; list: () => PoolList } {
  const stage = new Stage([jobWith({ target_limit: 1300 })])
  for (let g = 0; g < 100; g += 1) {
    stage.discover('job', group(`g${String(g)}`, many(`${String(g)}-`, 10)))
  }
  stage.discover('job', group('large', many('large-', 300)))
  return { stage, list: () => poolOf(stage).list('active') }
}

/** Fifty groups of one target that came to have a hundred each. */
function growing(): { stage: Stage; list: () => PoolList } {
  const stage = new Stage([jobWith()])
  for (const size of [1, 100]) {
    for (let g = 0; g < 50; g += 1) {
      stage.discover('job', group(`g${String(g)}`, many(`${String(g)}-`, size)))
    }
  }
  return { stage, list: () => poolOf(stage).list('active') }
}

/** How many parts there are, and how many of them were there before. */
function compare(before: PoolList, after: PoolList): { parts: number; same: number } {
  const known = new Set(before.parts)
  return { parts: after.parts.length, same: after.parts.filter((part) => known.has(part)).length }
}

const addresses = (list: PoolList): readonly string[] =>
  [...list].flatMap((text) =>
    [...text.matchAll(/"instance":"([^"]+)"/g)].map((match) => match[1] ?? ''),
  )

describe('a list of a pool', () => {
  it('keeps its parts while nothing changes, whatever the list is of', () => {
    const { stage } = filled()
    const pool = poolOf(stage)
    const { parts } = pool.list('active')
    expect(parts.length).toBeGreaterThan(4)
    for (const kind of ['active', 'dropped', 'relabeled', 'raw'] as const) {
      expect(compare(pool.list('active'), pool.list(kind))).toEqual({
        parts: parts.length,
        same: parts.length,
      })
    }
  })

  it.each([
    { title: 'a group changes', change: group('g3', ['x:1']), lost: 1, isThere: 'x:1' },
    { title: 'a group goes', change: 'g3', lost: 1, isThere: undefined },
    { title: 'the large group changes', change: group('large', ['y:1']), lost: 3, isThere: 'y:1' },
    { title: 'a group comes', change: group('new', ['z:1']), lost: 1, isThere: 'z:1' },
  ])('loses few parts when $title', ({ change, lost, isThere }) => {
    const { stage, list } = filled()
    const before = list()
    stage.discover('job', change)
    const { parts, same } = compare(before, list())
    expect(before.parts.length - same).toBeLessThanOrEqual(lost)
    expect(same).toBeGreaterThanOrEqual(parts - lost)
    if (isThere !== undefined) expect(addresses(list())).toContain(isThere)
    expect(addresses(list())).toHaveLength(poolOf(stage).activeCount)
  })

  it.each(['active', 'dropped', 'relabeled', 'raw'] as const)(
    'of large targets comes in several texts, each no larger than it must be (%s)',
    (kind) => {
      const drop = kind === 'dropped' ? rules({ source_labels: ['job'], action: 'drop' }) : []
      const stage = new Stage([jobWith({ relabel_configs: drop })])
      const big = 'x'.repeat(400_000)
      stage.discover('job', { ...group('g', many('t', 40)), labels: { big } })
      const list = poolOf(stage).list(kind)
      expect(list.parts).toHaveLength(1)
      const texts = [...list.texts(0)]
      expect(texts.length).toBeGreaterThan(2)
      expect(Math.max(...texts.slice(1).map((text) => text.length))).toBeLessThan(8_000_000)
      expect(JSON.parse(`[${texts.join(',')}]`)).toHaveLength(40)
    },
  )

  it('is another one as a whole when its targets are made in another way', () => {
    const { stage, list } = filled()
    const before = list()
    stage.configure([jobWith({ metrics_path: '/other' })])
    expect(compare(before, list()).same).toBe(0)
  })

  it('is never taken for one of an earlier pool of that name', () => {
    const stage = new Stage([jobWith()])
    const versions = ['a:1', 'b:1', 'c:1'].map((address) => {
      stage.discover('job', group('g', [address]))
      const { version } = poolOf(stage)
      stage.configure([])
      stage.configure([jobWith()])
      return version
    })
    expect(new Set(versions).size).toBe(3)
  })

  it('has another stamp when every element has another error', () => {
    const { stage, list } = filled()
    const before = list()
    stage.discover('job', group('more', many('more-', 10)))
    expect(list().stamp).not.toBe(before.stamp)
    expect(before.stamp).toBe('')
  })

  it('is what it was when it was asked for, though it is read later', () => {
    const stage = new Stage([jobWith()])
    stage.discover('job', group('g', ['a:1']), group('h', ['b:1']))
    const list = poolOf(stage).list('active')
    stage.discover('job', group('g', ['c:1']), 'h')
    expect(addresses(list)).toEqual(['a:1', 'b:1'])
    expect(addresses(poolOf(stage).list('active'))).toEqual(['c:1'])
  })

  it('shows a target that two groups have once, and of the other one when the first goes', () => {
    const stage = new Stage([jobWith()])
    stage.discover('job', ...many('g', 300).map((name) => group(name, [`${name}0`])))
    stage.discover(
      'job',
      group('first', ['same:1']),
      ...many('h', 300).map((name) => group(name, [`${name}0`])),
    )
    stage.discover('job', group('second', ['same:1']))
    const count = (): number =>
      addresses(poolOf(stage).list('active')).filter((one) => one === 'same:1').length
    expect(count()).toBe(1)
    stage.discover('job', 'first')
    expect(count()).toBe(1)
    stage.discover('job', 'second')
    expect(count()).toBe(0)
  })

  it('loses few parts though all its groups were small once, and grew', () => {
    const { stage, list } = growing()
    const before = list()
    stage.discover('job', group('g7', many('other7-', 100)))
    const { parts, same } = compare(before, list())
    expect(addresses(list())).toHaveLength(5000)
    expect(same).toBeGreaterThanOrEqual(parts - 3)
  })

  it('stays in few parts however many groups came and went', () => {
    const stage = new Stage([jobWith()])
    const names = many('g', 2000)
    stage.discover('job', ...names.map((name) => group(name, [`${name}0`])))
    stage.discover('job', ...names.filter((_, i) => i % 20 > 0))
    const list = poolOf(stage).list('active')
    expect(addresses(list)).toHaveLength(100)
    expect(list.parts.length).toBeLessThan(5)
  })
})

describe('the dropped targets of a pool', () => {
  const dropped = jobWith({
    relabel_configs: rules({ source_labels: ['__address__'], regex: '.*7:1', action: 'drop' }),
  })

  it.each([
    { keep: 0, shown: 90 },
    { keep: 1, shown: 1 },
    { keep: 35, shown: 35 },
    { keep: 90, shown: 90 },
    { keep: 1000, shown: 90 },
  ])('are shown as far as keep_dropped_targets: $keep goes', ({ keep, shown }) => {
    const stage = new Stage([{ ...dropped, keep_dropped_targets: keep }])
    stage.discover('job', group('a', many('a', 300)), group('b', many('b', 300)))
    stage.discover('job', group('none', ['x:1']), group('c', many('c', 300)))
    expect(stage.dropped()).toHaveLength(shown)
    expect(poolOf(stage).droppedCount).toBe(90)
    expect(new Set(stage.dropped()).size).toBe(shown)
    const [first, again] = [poolOf(stage).list('dropped'), poolOf(stage).list('dropped')]
    const { parts, same } = compare(first, again)
    // At most the last part is cut, and so a new one each time.
    expect(same).toBeGreaterThanOrEqual(parts - 1)
  })
})
