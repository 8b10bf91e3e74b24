import { describe, expect, it } from 'vitest'
import { parseJson } from '../../../src/mechanisms/kit/json.js'

describe('JSON as Go reads it', () => {
  it.each([
    ['a number that JavaScript can count', '9007199254740991', 9_007_199_254_740_991],
    ['one that it cannot', '9007199254740993', 9_007_199_254_740_993n],
    ['the largest of 64 bits', '18446744073709551615', 18_446_744_073_709_551_615n],
    ['the least of 64 bits', '-9223372036854775808', -9_223_372_036_854_775_808n],
    ['leading text that is a number', '["12345678901234567890"]', ['12345678901234567890']],
    ['a long fraction', '0.12345678901234567890', 0.123_456_789_012_345_68],
    ['a long number with an exponent', '12345678901234567890e2', 1.234_567_890_123_456_8e21],
    ['a long number before a fraction', '12345678901234567890.5', 12_345_678_901_234_567_000],
    ['numbers in a list', '[1,12345678901234567890, 2]', [1, 12_345_678_901_234_567_890n, 2]],
    ['a number for a key', '{"a":12345678901234567890}', { a: 12_345_678_901_234_567_890n }],
    ['a key of digits', '{"12345678901234567890":1}', { '12345678901234567890': 1 }],
    ['quotes around a number', String.raw`["\"12345678901234567890"]`, ['"12345678901234567890']],
    ['a whole pair', String.raw`"\ud83d\ude00"`, '😀'],
    ['the first half alone', String.raw`"a\ud83db"`, 'a\uFFFDb'],
    ['the second half alone', String.raw`"\uDe00"`, '\uFFFD'],
    ['halves the wrong way round', String.raw`"\ude00\ud83d"`, '\uFFFD\uFFFD'],
    ['an escaped backslash before it', String.raw`"\\ud83d"`, String.raw`\ud83d`],
    ['half a pair in a key', String.raw`{"\ud83d":1}`, { '\uFFFD': 1 }],
    [
      'a second half before a long number',
      String.raw`["\udc00123",12345678901234567890]`,
      ['\uFFFD123', 12_345_678_901_234_567_890n],
    ],
  ])('takes %s', (_, text, want) => {
    expect(parseJson(text)).toStrictEqual(want)
  })

  it('keeps a key called __proto__ as what it is', () => {
    const value = parseJson('{"__proto__":{"a":12345678901234567890}}')
    expect(Object.keys(value as object)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  it.each(['', '{', '[1,]', '01', '00000000000000001', '12345678901234567890x', '﻿{}', '"\\ud83d'])(
    'refuses %j',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError)
    },
  )

  it('reads a string of many megabytes', () => {
    const long = 'x'.repeat(4 << 20)
    expect(parseJson(`["${long}",12345678901234567890]`)).toHaveLength(2)
  })
})
