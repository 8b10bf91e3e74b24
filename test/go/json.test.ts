import { describe, expect, it } from 'vitest'
import {
  firstJsonValue,
  JsonDepthError,
  memberCount,
  numberKeys,
  withoutNumber,
} from '../../src/go/json.js'

describe('the first value of a text', () => {
  it.each([
    { text: '[1] x', value: '[1]', members: 0 },
    { text: ' {"a":[{"b":1}]}{', value: '{"a":[{"b":1}]}', members: 2 },
    { text: '{"a":1,"a":":"}', value: '{"a":1,"a":":"}', members: 2 },
    { text: String.raw`["]\"]\\"] x`, value: String.raw`["]\"]\\"]`, members: 0 },
    { text: 'nullx', value: 'null', members: 0 },
    { text: '1 [', value: '1 [', members: 0 },
    { text: '["x', value: '["x', members: 0 },
  ])('of $text is $value', ({ text, value, members }) => {
    expect(firstJsonValue(text)).toEqual({ text: value, members })
  })

  it('is found behind millions of escapes', () => {
    const value = `["${'\\"'.repeat(5_000_000)}"]`
    expect(firstJsonValue(`${value} x`).text).toBe(value)
  })

  it('may be nested as deeply as Go reads it, and no deeper', () => {
    expect(firstJsonValue('['.repeat(10_000)).members).toBe(0)
    expect(() => firstJsonValue('['.repeat(10_001))).toThrow(JsonDepthError)
  })
})

describe('keys with numbers', () => {
  it('are all kept by a parser', () => {
    const text = String.raw`{"a":{"a":":\"","a":2}, "a" : [{"__proto__":1,"":2}]}`
    expect(JSON.parse(numberKeys(text))).toEqual({
      '0 a': { '1 a': ':"', '2 a': 2 },
      '3 a': [{ '4 __proto__': 1, '5 ': 2 }],
    })
  })

  it.each(['a', '', ' ', 'a b', '1'])('are %j again without them', (key) => {
    const [numbered = ''] = Object.keys(
      JSON.parse(numberKeys(JSON.stringify({ [key]: 1 }))) as object,
    )
    expect(withoutNumber(numbered)).toBe(key)
  })
})

it('counts the keys of a value of any depth', () => {
  let value: unknown = { a: 1, b: null }
  for (let i = 0; i < 20_000; i += 1) value = [value]
  expect(memberCount(value)).toBe(2)
})
