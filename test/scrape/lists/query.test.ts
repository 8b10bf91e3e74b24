import { describe, expect, it } from 'vitest'
import { formatQuery } from '../../../src/scrape/lists/query.js'

describe('the query of a target', () => {
  it('has the params in order, labels before the config', () => {
    const params = { b: ['x', 'y z'], a: ['&'], none: [] }
    expect(formatQuery(params, [])).toBe('a=%26&b=x&b=y+z')
    expect(
      formatQuery(params, [
        ['b', 'é'],
        ['none', '1'],
        ['0', ''],
      ]),
    ).toBe('0=&a=%26&b=%C3%A9&b=y+z&none=1')
  })
})
