import { describe, expect, it } from 'vitest'
import { hasVersion, weakEtag } from '../../../src/web/reply/etag.js'

describe('If-None-Match', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['*', true],
    ['W/"a"', true],
    ['"a"', true],
    ['"b", W/"a"', true],
    ['"b"', false],
    ['a', false],
  ])('%j knows W/"a": %s', (header, expected) => {
    expect(hasVersion(header, 'W/"a"')).toBe(expected)
  })
})

describe('an entity tag', () => {
  it('depends on every text, and on where each ends', () => {
    const tags = [['ab', 'c'], ['a', 'bc'], ['abc'], ['ab', 'c', '']].map(weakEtag)
    expect(new Set(tags).size).toBe(4)
    expect(weakEtag(['ab', 'c'])).toBe(tags[0])
    expect(tags[0]).toMatch(/^W\/"[\w-]{27}"$/)
  })
})
