import { describe, expect, it } from 'vitest'
import { joinHostPort, splitHostPort } from '../../src/go/host-port.js'

describe('joinHostPort', () => {
  it('puts an IPv6 address in brackets', () => {
    expect([joinHostPort('::1', 1), joinHostPort('h', '2')]).toEqual(['[::1]:1', 'h:2'])
  })
})

// The texts of the errors are Go's.
describe('splitHostPort', () => {
  it.each([
    ['h:1', 'h', '1'],
    [':1', '', '1'],
    ['h:', 'h', ''],
    ['[::1]:80', '::1', '80'],
    ['[]:80', '', '80'],
  ])('divides %s', (text, host, port) => {
    expect(splitHostPort(text)).toEqual({ host, port })
  })

  it.each([
    ['h', 'missing port in address'],
    ['[::1]', 'missing port in address'],
    ['[::1]x:1', 'missing port in address'],
    ['::1:80', 'too many colons in address'],
    ['[::1]::80', 'too many colons in address'],
    ['[::1', "missing ']' in address"],
    ['h]:1', "unexpected ']' in address"],
    ['h[:1', "unexpected '[' in address"],
  ])('refuses %s: %s', (text, error) => {
    expect(splitHostPort(text)).toBe(`address ${text}: ${error}`)
  })
})
