import { describe, expect, it } from 'vitest'
import { formatQuery, formatUrl } from '../../../src/scrape/lists/target-url.js'

describe('the URL of a target', () => {
  it.each([
    ['http', 'h:1', '/metrics', '', 'http://h:1/metrics'],
    ['', 'h:1', '', '', '//h:1'],
    ['http', 'h:1', '', 'a=b', 'http://h:1?a=b'],
    ['http', 'h ost', 'm', '', 'http://h%20ost/m'],
    ['http', '[::1]:80', '/é?x', '', 'http://[::1]:80/%C3%A9%3Fx'],
    [
      'http',
      'a$b!c*d\'(e);:@&=+,<>"|{}^`~é:1',
      '*',
      '',
      'http://a$b!c*d\'(e);:%40&=+,<>"%7C%7B%7D%5E%60~%C3%A9:1/*',
    ],
    [
      'http',
      'p:1',
      "m?x y/!*'();:@&=+$,é%41[]",
      '',
      'http://p:1/m%3Fx%20y/%21%2A%27%28%29;:@&=+$,%C3%A9%2541%5B%5D',
    ],
  ])('%s %s %s %s is %s', (scheme, host, path, query, expected) => {
    expect(formatUrl({ scheme, host, path, query })).toBe(expected)
  })

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
