import { describe, expect, it } from 'vitest'
import { type LabelCell, labelsFrom, present, tagList } from '../../../src/mechanisms/kit/labels.js'

describe('a label table', () => {
  it.each<[string, LabelCell, Readonly<Record<string, string>>]>([
    ['a text', 'a b', { x_name: 'a b' }],
    ['an empty text', '', { x_name: '' }],
    ['a whole number', 1_000_000, { x_name: '1000000' }],
    ['zero, however negative', -0, { x_name: '0' }],
    ['a large number', 9_223_372_036_854_775_807n, { x_name: '9223372036854775807' }],
    ['a boolean', false, { x_name: 'false' }],
    ['nothing', undefined, {}],
    ['no pairs', [], {}],
    [
      'pairs',
      new Map([
        ['a', 'b'],
        ['c', 'd'],
      ]),
      { x_namea: 'b', x_namec: 'd' },
    ],
    [
      'pairs of other values',
      [
        ['a', 1],
        ['b', undefined],
        ['c', true],
      ],
      { x_namea: '1', x_namec: 'true' },
    ],
    [
      'pairs with odd keys',
      [
        ['a.b/c-é😀', 'v'],
        ['', 'w'],
      ],
      { x_namea_b_c___: 'v', x_name: 'w' },
    ],
    [
      'pairs that come to one name',
      [
        ['a.b', '1'],
        ['a-b', '2'],
      ],
      { x_namea_b: '2' },
    ],
    ['keys that are to be there', present(['a', 'b.c']), { x_namea: 'true', x_nameb_c: 'true' }],
  ])('makes %s a label, or leaves it out', (_, cell, want) => {
    expect(labelsFrom('x_', { name: () => cell })({})).toEqual(want)
  })

  it('has its rows in their order, each of the item', () => {
    const labels = labelsFrom<{ id: number; tags: readonly string[] }>('__meta_x_', {
      id: ({ id }) => id,
      tags: ({ tags }) => tagList(tags),
    })
    expect(Object.entries(labels({ id: 7, tags: ['a', 'b'] }))).toEqual([
      ['__meta_x_id', '7'],
      ['__meta_x_tags', ',a,b,'],
    ])
    expect(labels({ id: 8, tags: [] })).toEqual({ __meta_x_id: '8' })
  })
})

describe('a list of tags', () => {
  it.each([
    [[], ',', undefined],
    [['a'], ',', ',a,'],
    [['a', 'b'], ';', ';a;b;'],
    [['a', 'b'], '', 'ab'],
    [[''], ',', ',,'],
  ])('of %j with %j is %j', (tags, separator, want) => {
    expect(tagList(tags, separator)).toBe(want)
  })
})
