import { describe, expect, it } from 'vitest'
import { countElements, elementsWith } from '../../src/cli/why/elements.js'
import { goesBy } from '../../src/cli/why/ask.js'

const labels = (value: string) => ({ discoveredLabels: { a: value } })
const body = (...values: readonly string[]): Buffer => {
  const data = { activeTargets: values.map(labels), droppedTargets: [labels('other')] }
  return Buffer.from(JSON.stringify({ status: 'success', data }))
}

describe('the elements of a list that have a text in them', () => {
  it.each([
    { name: 'none', values: [], text: 'x', expected: [] },
    { name: 'one of several', values: ['a', 'bx', 'c'], text: 'x', expected: ['bx'] },
    { name: 'several', values: ['x', 'y', 'xx'], text: 'x', expected: ['x', 'xx'] },
    {
      name: 'one full of brackets and quotes',
      values: ['}]{["\\'],
      text: '"',
      expected: ['}]{["\\'],
    },
    {
      name: 'one with the mark of a list',
      values: ['"activeTargets":[{'],
      text: '[{',
      expected: ['"activeTargets":[{'],
    },
    {
      name: 'one with a text that JSON escapes',
      values: ['say "x"\n'],
      text: '"x"\n',
      expected: ['say "x"\n'],
    },
    { name: 'one beyond ASCII', values: ['käse', 'brot'], text: 'ä', expected: ['käse'] },
    { name: 'none of another list', values: ['a'], text: 'other', expected: [] },
  ])('are found: $name', ({ values, text, expected }) => {
    const found = [...elementsWith(body(...values), 'activeTargets', text)]
    expect(found).toEqual(expected.map(labels))
    expect(countElements(body(...values), 'activeTargets')).toBe(values.length)
  })

  it('are missed with an error where the answer breaks off', () => {
    const whole = body('a', 'x')
    const half = whole.subarray(0, whole.indexOf('"x"') + 2)
    expect(() => [...elementsWith(half, 'activeTargets', 'x')]).toThrow('breaks off')
  })

  it('are none where the list is', () => {
    expect([
      ...elementsWith(Buffer.from('{"data":{"activeTargets":null}}'), 'activeTargets', 'x'),
    ]).toEqual([])
    const none = Buffer.from('{"data":{"activeTargets":[]}}')
    expect(countElements(none, 'activeTargets')).toBe(0)
  })

  it.each(['{}', '{"data":5}', '{"activeTargets":{}}', '"activeTargets"', ''])(
    'are an error where there is no list: %s',
    (text) => {
      expect(() => countElements(Buffer.from(text), 'activeTargets')).toThrow(
        'the answer is not one of muster: it has no list activeTargets',
      )
    },
  )

  it.each(['{"activeTargets":[5]}', '{"activeTargets":[{} {}]}', '{"activeTargets":[{},'])(
    'are an error where something else is among them: %s',
    (text) => {
      expect(() => countElements(Buffer.from(text), 'activeTargets')).toThrow('breaks off')
    },
  )
})

describe('a target goes by an address', () => {
  it.each([
    ['h:1', { __address__: 'h:1' }, true],
    ['h', { __address__: 'h:1' }, true],
    ['h', { instance: 'h:1' }, true],
    ['[::1]', { __address__: '[::1]:80' }, true],
    ['https://x', { __param_target: 'https://x' }, true],
    ['h', { __address__: 'ha:1' }, false],
    ['h:1', { __address__: 'h:10' }, false],
    ['h', { other: 'h:1' }, false],
    ['h', {}, false],
  ])('%s: %j: %s', (address, set, expected) => {
    expect(goesBy(address, undefined, set)).toBe(expected)
  })
})
