import { describe, expect, it } from 'vitest'
import { rateLimiter } from '../../../src/web/protect/rate-limit.js'

describe('rateLimiter', () => {
  it('lets a burst through, then one an interval', () => {
    let now = 0
    const allow = rateLimiter(1000, 2, () => now)
    expect([allow(), allow(), allow()]).toEqual([true, true, false])
    now = 999
    expect(allow()).toBe(false)
    now = 1000
    expect([allow(), allow()]).toEqual([true, false])
    now = 100_000
    expect([allow(), allow(), allow()]).toEqual([true, true, false])
  })

  it('lets everything through without an interval, and nothing without a burst', () => {
    expect(rateLimiter(0, 0, () => 0)()).toBe(true)
    expect(rateLimiter(1000, 0, () => 0)()).toBe(false)
  })
})
