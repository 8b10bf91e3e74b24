import { describe, expect, it } from 'vitest'
import { parseRetryAfter } from '../../src/http/response.js'

const now = Date.UTC(2026, 0, 1)
const hour = 3_600_000

describe('a Retry-After', () => {
  it.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['soon', undefined],
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['3600', hour],
    ['3601', hour],
    ['999999999', hour],
    ['9999999999', hour],
    ['1'.repeat(400), hour],
    ['Thu, 01 Jan 2026 00:00:05 GMT', 5_000],
    ['Wed, 31 Dec 2025 23:59:59 GMT', 0],
    ['Fri, 31 Dec 9999 23:59:59 GMT', hour],
    ['Fri, 31 Dec 99999 23:59:59 GMT', hour],
    ['Fri, 31 Dec 999999999 23:59:59 GMT', hour],
  ])('of %j is %s milliseconds', (value, wait) => {
    expect(parseRetryAfter(value, now)).toBe(wait)
  })
})
