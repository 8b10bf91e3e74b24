import { describe, expect, it } from 'vitest'
import {
  globalHost,
  joinHostPort,
  parseListenAddress,
  resolveExternalUrl,
  resolveRoutePrefix,
} from '../../src/web/index.js'
import { outside, stripPrefix } from '../../src/web/prefix.js'

describe('a listen address', () => {
  it.each([
    ['127.0.0.1:9099', '127.0.0.1', 9099],
    ['localhost:0', 'localhost', 0],
    [':9090', undefined, 9090],
    ['[::1]:9090', '::1', 9090],
    ['[::]:9090', '::', 9090],
    ['[]:1', undefined, 1],
  ])('%s', (text, host, port) => {
    expect(parseListenAddress(text)).toEqual({ host, port })
  })

  it.each(['', '9090', 'localhost', 'a:b', '::1:80', 'h:70000', '[::1]', 'http://h:1', 'h:1 '])(
    'refuses %j',
    (text) => {
      expect(() => parseListenAddress(text)).toThrow(
        expect.objectContaining({ code: 'ERR_WEB_LISTEN_ADDRESS' }),
      )
    },
  )

  it('is written with brackets where it needs them', () => {
    expect([joinHostPort('::1', 1), joinHostPort('h', 2)]).toEqual(['[::1]:1', 'h:2'])
  })
})

describe('the external URL', () => {
  it.each([
    ['', { scheme: 'http', host: 'box:9099', path: '' }],
    ['http://h', { scheme: 'http', host: 'h', path: '' }],
    ['HTTPS://h:80/a/b//', { scheme: 'https', host: 'h:80', path: '/a/b' }],
    ['http://u:p@h/a?b#c', { scheme: 'http', host: 'h', path: '/a' }],
    ['http://[::1]:9/', { scheme: 'http', host: '[::1]:9', path: '' }],
  ])('%j', (text, expected) => {
    expect(resolveExternalUrl(text, 'box', 9099)).toEqual(expected)
  })

  it.each(['"http://h"', "http://h'", 'h:9090', '/path', 'ftp://h', 'http://', 'http://h:x'])(
    'refuses %j',
    (text) => {
      expect(() => resolveExternalUrl(text, 'box', 9099)).toThrow(
        expect.objectContaining({ code: 'ERR_WEB_EXTERNAL_URL' }),
      )
    },
  )
})

describe('the route prefix', () => {
  it.each([
    ['', 'http://h', '/'],
    ['', 'http://h/a/b/', '/a/b'],
    ['/', 'http://h/a', '/'],
    ['x/y/', 'http://h/a', '/x/y'],
    ['//x//', 'http://h', '/x'],
  ])('flag %j with %s is %s', (flag, url, expected) => {
    expect(resolveRoutePrefix(flag, resolveExternalUrl(url, 'box', 1))).toBe(expected)
  })

  it.each([
    ['http://h/a/b?c/d', '/', '/a/b'],
    ['http://h/p/a', '/p', '/a'],
    ['http://h/p/', '/p', '/'],
    ['http://h/p', '/p', outside.bare],
    ['http://h/p?x', '/p', outside.bare],
    ['http://h/', '/p', outside.root],
    ['http://h/px/a', '/p', outside.other],
    ['http://h/%20root', '/', '/%20root'],
    ['http://h', '/', '/'],
  ])('%s below %s is %j', (url, prefix, expected) => {
    expect(stripPrefix(url, prefix)).toBe(expected)
  })
})

const options = (external = 'https://ext:99/p') => ({
  listenAddress: '0.0.0.0:9090',
  externalUrl: resolveExternalUrl(external, 'box', 9090),
})

describe('the global host of a target', () => {
  const same = { error: undefined }
  it.each([
    ['another host stays', 'h:1', { scheme: 'http', host: 'h:1', ...same }],
    [
      'the server itself is its external URL',
      'localhost:9090',
      { scheme: 'https', host: 'ext:99', ...same },
    ],
    ['another port of this machine', '127.0.0.1:1', { scheme: 'http', host: 'ext:1', ...same }],
    ['the same over IPv6', '[::1]:1', { scheme: 'http', host: 'ext:1', ...same }],
    ['no port', 'h', { scheme: 'http', host: 'h', error: 'address h: missing port in address' }],
    [
      'too many colons',
      '::1',
      { scheme: 'http', host: '::1', error: 'address ::1: too many colons in address' },
    ],
    [
      'an open bracket',
      '[::1',
      { scheme: 'http', host: '[::1', error: "address [::1: missing ']' in address" },
    ],
    [
      'brackets without a port',
      '[::1]',
      { scheme: 'http', host: '[::1]', error: 'address [::1]: missing port in address' },
    ],
    [
      'text after the brackets',
      '[::1]x:1',
      { scheme: 'http', host: '[::1]x:1', error: 'address [::1]x:1: missing port in address' },
    ],
    [
      'a stray bracket',
      'h]:1',
      { scheme: 'http', host: 'h]:1', error: "address h]:1: unexpected ']' in address" },
    ],
  ])('%s', (_title, host, expected) => {
    expect(globalHost('http', host, options())).toEqual(expected)
  })

  it('cannot be told when the external URL has no port', () => {
    expect(globalHost('http', 'localhost:1', options('http://ext'))).toEqual({
      scheme: 'http',
      host: 'localhost:1',
      error: 'address ext: missing port in address',
    })
  })
})
