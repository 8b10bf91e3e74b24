import { describe, expect, it } from 'vitest'
import { formatIp } from '../../src/go/ip.js'

describe('formatIp', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['2001:0db8:0:0:0:0:0:1', '2001:db8::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['not an address', 'not an address'],
  ])('writes %s as %s', (address, written) => {
    expect(formatIp(address)).toBe(written)
  })
})
