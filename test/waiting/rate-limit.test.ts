import { describe, expect, it } from 'vitest'
import { RateLimit } from '../../src/waiting/rate-limit.js'

describe('a rate limit', () => {
  it.each([
    [
      'ten at once after a quiet time, then one each interval',
      30_000,
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30_000, 60_000],
    ],
    ['a bound below which no interval counts', 0, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 20]],
  ])('gives %s', (_, interval, waits) => {
    const limit = new RateLimit(interval, { now: () => 0 })
    expect(waits.map(() => limit.reserve())).toEqual(waits)
  })

  it('refills with time, up to ten', () => {
    let now = 0
    const limit = new RateLimit(1_000, { now: () => now })
    for (let i = 0; i < 10; i += 1) limit.reserve()
    now = 500
    expect(limit.reserve()).toBe(500)
    now = 3_600_000
    expect(Array.from({ length: 11 }, () => limit.reserve())).toEqual([
      ...Array.from({ length: 10 }, () => 0),
      1_000,
    ])
  })

  it('is not stopped by a clock that is set back', () => {
    let now = 3_600_000
    const limit = new RateLimit(1_000, { now: () => now })
    for (let i = 0; i < 10; i += 1) limit.reserve()
    now = 0
    expect(limit.reserve()).toBe(1_000)
  })
})
