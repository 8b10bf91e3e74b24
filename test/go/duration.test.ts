import { describe, expect, it } from 'vitest'
import { parseGoDuration } from '../../src/go/duration.js'

describe('parseGoDuration', () => {
  it.each([
    ['1s', 1000],
    ['1h15m30.5s', 4_530_500],
    ['-1.5ms', -1.5],
    ['100us', 0.1],
    ['1µs', 0.001],
    ['.5s', 500],
    ['1.s', 1000],
    ['0', 0],
  ])('reads %s as %d ms', (text, ms) => {
    expect(parseGoDuration(text)).toBeCloseTo(ms, 9)
  })

  it.each(['', '1', 's', '1x', '1s1', '.', '- 1s', '3000000h'])('refuses %j', (text) => {
    expect(() => parseGoDuration(text)).toThrow(/^time: /)
  })
})
