import { describe, expect, it } from 'vitest'
import { countBelow } from '../../src/go/sort-search.js'

describe('countBelow', () => {
  it.each([
    [0, 0],
    [1, 0],
    [2, 1],
    [4, 4],
    [9, 5],
  ])('of %d in a sorted list is %d', (value, count) => {
    expect(countBelow([1, 2, 3, 3, 4], value)).toBe(count)
  })
})
