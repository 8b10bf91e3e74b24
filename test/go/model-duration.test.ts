import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from '../../src/go/model-duration.js'

describe('parseDuration and formatDuration', () => {
  it.each([
    ['0', 0, '0s'],
    ['0s', 0, '0s'],
    ['1500ms', 1500, '1s500ms'],
    ['1m30s', 90_000, '1m30s'],
    ['90d', 7_776_000_000, '90d'],
    ['2w', 1_209_600_000, '2w'],
    ['1y', 31_536_000_000, '1y'],
    ['1w1d', 691_200_000, '8d'],
    ['100y', 3_153_600_000_000, '100y'],
  ])('%s is %d ms and prints as %s', (written, ms, printed) => {
    expect(parseDuration(written)).toBe(ms)
    expect(formatDuration(ms)).toBe(printed)
  })

  it.each([
    ['', 'empty duration string'],
    ['1', 'not a valid duration string: "1"'],
    ['-1s', 'not a valid duration string: "-1s"'],
    ['1.5h', 'unknown unit "." in duration "1.5h"'],
    ['1s1m', 'not a valid duration string: "1s1m"'],
    ['1m1m', 'not a valid duration string: "1m1m"'],
    ['1x', 'unknown unit "x" in duration "1x"'],
    ['300y', 'duration out of range'],
  ])('%j is refused', (written, message) => {
    expect(() => parseDuration(written)).toThrow(message)
  })
})
