import { describe, expect, it } from 'vitest'
import { sansOf } from '../../../src/web/protect/client-auth.js'

describe('sansOf', () => {
  it.each([
    ['DNS:a.test, DNS:*.b.test', ['a.test', '*.b.test']],
    ['IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1', ['127.0.0.1', '::1']],
    ['email:a@b, URI:spiffe://x/y', ['a@b', 'spiffe://x/y']],
    ['DNS:"a, DNS:evil.test", DNS:b', ['a, DNS:evil.test', 'b']],
    ['othername:<unsupported>, DNS:a', ['a']],
    ['', []],
  ])('reads %j', (text, want) => {
    expect(sansOf(text)).toEqual(want)
  })
})
