import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { isVerified, markVerified, sansOf } from '../../../src/web/protect/client-auth.js'

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

describe('isVerified', () => {
  it.each([
    ['an authority of the config', true, true, true, true],
    ['an authority of the system', true, false, true, false],
    ['an authority that nothing demands', false, true, true, false],
    ['no known authority', true, true, false, false],
  ])('of a certificate from %s', (_title, verify, hasAuthorities, authorized, want) => {
    const socket = { authorized } as TLSSocket
    const policy = { request: true, require: true, verify, allowedSans: undefined }
    markVerified(policy, hasAuthorities, socket)
    expect(isVerified({ socket } as unknown as IncomingMessage)).toBe(want)
  })
})
