import { describe, expect, it } from 'vitest'
import { throttled } from '../../../src/web/server/connection-limit.js'

describe('something that happens often', () => {
  it('is reported at once, and then every ten seconds with how often it happened', () => {
    let now = 0
    const reported: number[] = []
    const happen = throttled(
      (times) => reported.push(times),
      () => now,
    )
    for (const at of [0, 1, 2, 9999, 10_000, 10_001, 50_000]) {
      now = at
      happen()
    }
    expect(reported).toEqual([1, 4, 2])
  })
})
