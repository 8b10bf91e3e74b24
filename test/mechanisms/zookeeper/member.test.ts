import { describe, expect, it } from 'vitest'
import { members } from '../../../src/mechanisms/zookeeper/member.js'

describe('a member of a serverset', () => {
  it.each<[title: string, data: string, address: string | undefined, shard?: string]>([
    ['null, which is zero', 'null', ':0', '0'],
    ['nothing but unknown keys', '{"a":{"b":[]}}', ':0', '0'],
    ['null for everything', '{"serviceEndpoint":null,"status":null,"shard":null}', ':0', '0'],
    ['keys in another case', '{"SERVICEENDPOINT":{"Host":"a","PORT":1},"Shard":2}', 'a:1', '2'],
    ['a port beyond 2^53', '{"serviceEndpoint":{"port":9007199254740993}}', ':9007199254740993'],
    ['the greatest number', '{"shard":9223372036854775807}', ':0', '9223372036854775807'],
    ['the least number', '{"shard":-9223372036854775808}', ':0', '-9223372036854775808'],
    ['a greater number', '{"shard":9223372036854775808}', undefined],
    ['a fraction', '{"shard":1.5}', undefined],
    ['text for a number', '{"shard":"1"}', undefined],
    ['a list', '[]', undefined],
    ['a text', '"a"', undefined],
    ['two values', '{}{}', undefined],
    ['nothing', '', undefined],
    ['spaces', ' ', undefined],
    ['a byte order mark', '\uFEFF{}', undefined],
  ])('that is %s', (_, data, address, shard) => {
    const target = members.serverset(data, '/p')
    expect(target?.['__address__']).toBe(address)
    if (shard !== undefined) expect(target?.['__meta_serverset_shard']).toBe(shard)
  })
})

describe('a member of nerve', () => {
  it.each<[title: string, data: string, address: string | undefined]>([
    ['null, which is zero', 'null', ':0'],
    ['an IPv6 address', '{"host":"::1","port":1}', '[::1]:1'],
    ['half a character', String.raw`{"host":"a\ud800","port":1}`, 'a\uFFFD:1'],
    ['a number for a text', '{"name":1}', undefined],
  ])('that is %s', (_, data, address) => {
    expect(members.nerve(data, '/p')?.['__address__']).toBe(address)
  })
})
