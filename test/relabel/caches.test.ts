import { describe, expect, it } from 'vitest'
import type { Labels } from '../../src/labels/index.js'
import { CacheBudget, Collector, Relabeler, relabelRule } from '../../src/relabel/index.js'
import { maxLabelCharacters, Shape, ShapeCache } from '../../src/relabel/index.js'
import { memoize } from '../../src/relabel/actions/memoize.js'

/** A cache of shapes, and which of them it made. */
function shapes(budget: CacheBudget) {
  const made: string[] = []
  const released: string[] = []
  const cache = new ShapeCache((names) => {
    const name = names.join()
    made.push(name)
    return { shape: new Shape(names), slots: [], release: () => released.push(name) }
  }, budget)
  return { cache, made, released }
}

const named = (...names: readonly string[]): Labels =>
  Object.fromEntries(names.map((name) => [name, 'v']))

describe('what is made for kinds of label sets', () => {
  it('is kept while there is room', () => {
    const { cache, made } = shapes(new CacheBudget(1000))
    for (const name of ['a', 'b', 'a', 'b', 'a']) cache.load(named(name))
    expect(made).toEqual(['a', 'b'])
  })

  it('is let go of when there are too many kinds, however short their names', () => {
    const { cache, made } = shapes(new CacheBudget())
    for (let i = 0; i <= 2048; i += 1) cache.load(named(String(i)))
    cache.load(named('0'))
    expect(made.filter((name) => name === '0')).toHaveLength(2)
  })

  it('is another one for the same names of which others are the base', () => {
    const { cache, made } = shapes(new CacheBudget())
    for (const base of [0, 1, 0, 1]) cache.load(named('a', 'b'), base)
    expect(made).toEqual(['a,b', 'a,b'])
  })

  it('is weighed by the names, and let go of when they are too many', () => {
    const { cache, made } = shapes(new CacheBudget(1000))
    const long = 'x'.repeat(700)
    for (const name of ['a', long, 'b', 'a']) cache.load(named(name))
    expect(made).toEqual(['a', long, 'b', 'a'])
  })

  it('is let go of by every cache that shares the room', () => {
    const budget = new CacheBudget(1000)
    const [one, other] = [shapes(budget), shapes(budget)]
    one.cache.load(named('a'))
    other.cache.load(named('x'.repeat(900)))
    one.cache.load(named('b'))
    one.cache.load(named('a'))
    expect(one.made).toEqual(['a', 'b', 'a'])
  })

  it('holds the values of one label set only', () => {
    const { cache, released } = shapes(new CacheBudget())
    for (const name of ['a', 'b', 'c']) cache.load(named(name))
    expect(released).toEqual(['a', 'b'])
  })

  it('is made again once rules have added many names, or long ones', () => {
    const { cache, made } = shapes(new CacheBudget())
    cache.load(named('a')).shape.ensure('x'.repeat(5000))
    cache.load(named('a'))
    for (let i = 0; i < 40; i += 1) cache.load(named('a')).shape.ensure(`more ${String(i)}`)
    cache.load(named('a'))
    expect(made).toEqual(['a', 'a', 'a'])
  })

  it('is not made again for names that all of its kind have', () => {
    let made = 0
    const many = Array.from({ length: 100 }, (_, i) => `n${String(i)}`)
    const cache = new ShapeCache((names) => {
      made += 1
      return { shape: new Shape([...names, ...many]), slots: [], release: () => {} }
    }, new CacheBudget())
    for (const name of ['a', 'b', 'a', 'b']) cache.load(named(name))
    expect(made).toBe(2)
  })

  it('is nothing for names that are too long', () => {
    const { cache } = shapes(new CacheBudget())
    const long = 'x'.repeat(maxLabelCharacters)
    expect(() => cache.load({ [long]: 'a', b: 'c' })).toThrow('more than')
    expect(cache.load({ a: 'y' }).slots).toEqual(['y'])
  })
})

describe('label sets of slots', () => {
  const shape = new Shape(['b', '__proto__', 'a', 'c'])

  it.each<[title: string, values: readonly string[], labels: readonly (readonly string[])[]]>([
    [
      'have the labels with a value, in order',
      ['2', '', '1', ''],
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'take __proto__ for a name like others',
      ['', 'p', '', '3'],
      [
        ['__proto__', 'p'],
        ['c', '3'],
      ],
    ],
    ['are empty without values', ['', '', '', ''], []],
  ])('%s', (_, values, labels) => {
    const collector = new Collector(shape, new CacheBudget())
    // The first ones are made name by name, later ones by a function of their own.
    for (let i = 0; i < 100; i += 1) {
      expect(Object.entries(collector.labels(values))).toEqual(labels)
    }
  })

  it('follow a shape that grows', () => {
    const growing = new Shape(['b'])
    const collector = new Collector(growing, new CacheBudget())
    expect(collector.labels(['2'])).toEqual({ b: '2' })
    growing.ensure('a')
    expect(Object.entries(collector.labels(['2', '1']))).toEqual([
      ['a', '1'],
      ['b', '2'],
    ])
  })
})

describe('lists of names', () => {
  it('are the same one for the same names, until their room is used up', () => {
    const budget = new CacheBudget(2000)
    const shape = new Shape(['a', 'b', 'x'.repeat(1000)])
    const collector = new Collector(shape, budget)
    const a = collector.collect(['1', '', '']).list
    const b = collector.collect(['', '1', '']).list
    expect(collector.collect(['2', '', '']).list).toBe(a)
    collector.collect(['1', '', '1'])
    collector.collect(['', '1', '1'])
    const again = collector.collect(['', '1', '']).list
    expect(again).not.toBe(b)
    expect(again).toEqual(b)
  })
})

describe('lists of names of very many kinds', () => {
  it('are made again at some time', () => {
    const shape = new Shape(Array.from({ length: 13 }, (_, i) => `name ${String(i)}`))
    const collector = new Collector(shape, new CacheBudget())
    const ofBits = (bits: number) =>
      collector.collect(shape.names.map((_, i) => ((bits >> i) & 1 ? 'v' : ''))).list
    const first = ofBits(1)
    expect(ofBits(1)).toBe(first)
    for (let bits = 2; bits <= 4098; bits += 1) ofBits(bits)
    expect(ofBits(1)).not.toBe(first)
  })
})

describe('what rules gave for values', () => {
  it.each<[title: string, value: string, result: string, times: number]>([
    ['is remembered', 'a', 'b', 1],
    ['is not when it is much longer than usual', 'a', 'b'.repeat(1025), 2],
    ['is not when the value is', 'a'.repeat(257), 'b', 2],
  ])('%s', (_title, value, result, times) => {
    let computed = 0
    const cached = memoize(() => {
      computed += 1
      return result
    })
    cached(value)
    cached(value)
    expect(computed).toBe(times)
  })

  it('is forgotten when there are thousands of values', () => {
    const seen: string[] = []
    const cached = memoize((value) => {
      seen.push(value)
      return 'x'
    })
    for (let i = 0; i < 5000; i += 1) cached('first')
    for (let i = 0; i < 4100; i += 1) cached(String(i))
    cached('first')
    expect(seen.filter((value) => value === 'first')).toHaveLength(2)
  })

  it('is forgotten when it is a million characters', () => {
    const seen: string[] = []
    const cached = memoize((value) => {
      seen.push(value)
      return 'x'.repeat(1000)
    })
    // Often enough for the cache to be worth it.
    for (let i = 0; i < 5000; i += 1) cached('first')
    for (let i = 0; i < 1100; i += 1) cached(String(i))
    cached('first')
    expect(seen.filter((value) => value === 'first')).toHaveLength(2)
  })
})

describe('rules that see other names every time', () => {
  it('give the same as before', () => {
    const relabeler = new Relabeler([
      relabelRule({ source_labels: ['name'], target_label: 'prefix_$1', replacement: '1' }),
      relabelRule({ action: 'labelmap', regex: 'prefix_(.+)', replacement: 'mapped_$1' }),
      relabelRule({ action: 'labeldrop', regex: 'own_.*' }),
    ])
    for (let i = 0; i < 3000; i += 1) {
      const name = String(i)
      expect(relabeler.apply({ name, [`own_${name}`]: 'v' })).toEqual({
        name,
        [`prefix_${name}`]: '1',
        [`mapped_${name}`]: '1',
      })
    }
  })

  it('give the same for one kind of targets, too', () => {
    const relabeler = new Relabeler([
      relabelRule({ source_labels: ['name'], target_label: '$1', replacement: '1' }),
    ])
    for (let i = 0; i < 3000; i += 1) {
      const name = `n${String(i)}`
      expect(relabeler.apply({ name })).toEqual({ name, [name]: '1' })
    }
  })
})
