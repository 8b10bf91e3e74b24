import { describe, expect, it } from 'vitest'
import { contentEncoding } from '../../../src/web/reply/encoding.js'

describe('the content encoding', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['br', undefined],
    ['gzip', 'gzip'],
    ['GZIP ; q=0.1', 'gzip'],
    ['deflate, gzip', 'deflate'],
    ['gzip;q=0', undefined],
    ['gzip;q=0.000, deflate;q=0.5', 'deflate'],
    ['*', undefined],
  ])('for %j is %s', (header, expected) => {
    expect(contentEncoding(header)).toBe(expected)
  })
})
