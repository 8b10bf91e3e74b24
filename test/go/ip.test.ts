import { describe, expect, it } from 'vitest'
import { canonicalIp, canonicalNetwork, formatIp } from '../../src/go/ip.js'

describe('an address as Go prints it', () => {
  it.each([
    ['1.2.3.4', '1.2.3.4'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
    ['1:0:2:0:3:0:4:0', '1:0:2:0:3:0:4:0'],
    ['::', '::'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '10.0.0.1'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['', undefined],
    ['1.2.3', undefined],
    ['01.2.3.4', undefined],
    ['1.2.3.4/8', undefined],
    ['fe80::1%eth0', undefined],
    ['[::1]', undefined],
    ['host', undefined],
  ])('%s is %s', (text, want) => {
    expect(canonicalIp(text)).toBe(want)
  })
})

describe('a network as Go prints it', () => {
  it.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3/32', '10.1.2.3/32'],
    ['255.255.255.255/12', '255.240.0.0/12'],
    ['1.2.3.4/0', '0.0.0.0/0'],
    ['2001:db8::/64', '2001:db8::/64'],
    ['2001:DB8:1:2:3:4:5:6/64', '2001:db8:1:2::/64'],
    ['2001:db8:ffff::1/33', '2001:db8:8000::/33'],
    ['::1/128', '::1/128'],
    ['1::2:3/0', '::/0'],
    ['', undefined],
    ['1.2.3.4', undefined],
    ['1.2.3.4/33', undefined],
    ['::/129', undefined],
    ['1.2.3.4/-1', undefined],
    ['/8', undefined],
    ['x/8', undefined],
  ])('%s is %s', (text, want) => {
    expect(canonicalNetwork(text)).toBe(want)
  })
})

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
