import { describe, expect, it } from 'vitest'
import { candidates, parseResolvConf } from '../../../src/mechanisms/dns/resolv-conf.js'

describe('parseResolvConf', () => {
  it.each([
    ['an empty file', '', { servers: [], search: [], ndots: 1 }],
    [
      'servers in order, comments and unknown keys left out',
      '# c\n; c\nnameserver 10.0.0.1\nsortlist x\nnameserver\t::1  # why\nnameserver\n',
      { servers: ['10.0.0.1', '::1'], search: [], ndots: 1 },
    ],
    [
      'the last of domain and search',
      'domain a.example\nsearch b.example c.example\n',
      { servers: [], search: ['b.example', 'c.example'], ndots: 1 },
    ],
    ['domain after search', 'search b c\ndomain a', { servers: [], search: ['a'], ndots: 1 }],
    ['an empty search', 'domain a\nsearch', { servers: [], search: [], ndots: 1 }],
    ['ndots', 'options timeout:1 ndots:5', { servers: [], search: [], ndots: 5 }],
    ['ndots above its bound', 'options ndots:99', { servers: [], search: [], ndots: 15 }],
    ['ndots below its bound', 'options ndots:-1', { servers: [], search: [], ndots: 0 }],
    ['ndots that is no number', 'options ndots:x', { servers: [], search: [], ndots: 0 }],
    [
      'lines as Windows ends them',
      'nameserver 10.0.0.1\r\nsearch a\r\n',
      { servers: ['10.0.0.1'], search: ['a'], ndots: 1 },
    ],
  ])('reads %s', (_, text, expected) => {
    expect(parseResolvConf(text)).toEqual(expected)
  })
})

describe('candidates', () => {
  it.each([
    ['a full name alone', 'a.b.', 1, ['x', 'y'], ['a.b.']],
    ['a name with enough dots first as it is', 'a.b', 1, ['x', 'y.'], ['a.b.', 'a.b.x.', 'a.b.y.']],
    ['a name with too few dots first in the domains', 'a.b', 2, ['x'], ['a.b.x.', 'a.b.']],
    ['a bare name with ndots of 0 first as it is', 'a', 0, ['x'], ['a.', 'a.x.']],
    ['without domains the name alone', 'a', 5, [], ['a.']],
  ])('gives %s', (_, name, ndots, search, expected) => {
    expect(candidates(name, { servers: [], search, ndots })).toEqual(expected)
  })
})
