import { describe, expect, it } from 'vitest'
import { SharedLabels } from '../../../src/mechanisms/kit/shared-labels.js'

const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`n${String(i)}`, 'v']))

describe('labels put together', () => {
  it.each([
    ['are all of the parts', [{ a: '1' }, undefined, { b: '2' }], { a: '1', b: '2' }],
    [
      'are those alone where others with as many names came before',
      [{ a: '1', c: '3' }],
      { a: '1', c: '3' },
    ],
    ['have the later one of two values', [{ a: '1' }, { a: '2' }], { a: '2' }],
    ['may be empty', [{}, undefined], {}],
    ['may be more than a template has', [many, { a: '1' }], { ...many, a: '1' }],
  ])('%s', (_, parts, expected) => {
    const layouts = new SharedLabels()
    layouts.merge({ a: 'before', b: 'before' })
    expect(layouts.merge(...parts)).toEqual(expected)
    expect(layouts.merge(...parts)).toEqual(expected)
    expect(layouts.merge({ a: 'after', b: 'after' })).toEqual({ a: 'after', b: 'after' })
  })

  it('are objects of their own', () => {
    const layouts = new SharedLabels()
    const first = layouts.merge({ a: '1' })
    const second = layouts.merge({ a: '2' })
    expect([first, second]).toEqual([{ a: '1' }, { a: '2' }])
  })
})
