import { describe, expect, it } from 'vitest'
import { formatFixed, formatFloat } from '../../src/go/float.js'

describe('%v of a float64', () => {
  it.each([
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [1.5, '1.5'],
    [-2.25, '-2.25'],
    [100_000, '100000'],
    [999_999.5, '999999.5'],
    [1_000_000, '1e+06'],
    [123_456_789, '1.23456789e+08'],
    [1e20, '1e+20'],
    [1e-4, '0.0001'],
    [1.5e-5, '1.5e-05'],
    [-1e-7, '-1e-07'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [Number.NaN, 'NaN'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
  ])('%d is printed as %s', (value, want) => {
    expect(formatFloat(value)).toBe(want)
  })
})

describe('%f and its like', () => {
  it.each([
    [1, undefined, '1'],
    [1_000_000, undefined, '1000000'],
    [1e-7, undefined, '0.0000001'],
    [1.25e-9, undefined, '0.00000000125'],
    [1e21, undefined, '1000000000000000000000'],
    [1e22, 2, '10000000000000000000000.00'],
    [-0, undefined, '-0'],
    [3, 0, '3'],
    [1.5, 6, '1.500000'],
    [0.1, 20, '0.10000000000000000555'],
    [0.5, 0, '0'],
    [1.5, 0, '2'],
    [2.5, 0, '2'],
    [-2.5, 0, '-2'],
    [2.51, 0, '3'],
    [0.125, 2, '0.12'],
    [0.375, 2, '0.38'],
    [1.005, 2, '1.00'],
    [9.995, 2, '9.99'],
    [Number.NaN, 2, 'NaN'],
  ])('%d with %s digits is printed as %s', (value, precision, want) => {
    expect(formatFixed(value, precision)).toBe(want)
  })
})
