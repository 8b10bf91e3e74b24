import { describe, expect, it } from 'vitest'
import {
  globalHost,
  joinHostPort,
  parseListenAddress,
  resolveExternalUrl,
  resolveRoutePrefix,
} from '../../src/web/index.js'
import { outside, stripPrefix } from '../../src/web/middleware/prefix.js'

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

// What Prometheus 3.5.3 shows for each of these addresses.
describe('the global host of a target', () => {
  it.each([
    ['noport', 'http', 'noport', undefined],
    ['h:', 'http', 'h:', undefined],
    [':80', 'http', ':80', undefined],
    ['localhost', 'http', 'ext', undefined],
    ['localhost:', 'http', 'ext', undefined],
    ['127.0.0.1', 'http', 'ext', undefined],
    ['[::1]', 'http', 'ext', undefined],
    ['[::1]:2', 'http', 'ext:2', undefined],
    ['localhost:1', 'http', 'ext:1', undefined],
    ['localhost:9090', 'https', 'ext:99', undefined],
    ['a:b:c', 'http', 'a:b:c', 'address a:b:c: too many colons in address'],
    ['::1', 'http', '::1', 'address ::1: too many colons in address'],
    ['::1:80', 'http', '::1:80', 'address ::1:80: too many colons in address'],
    ['[::1', 'http', '[::1', "address [::1: missing ']' in address"],
    ['[::1]x:1', 'http', '[::1]x:1', 'address [::1]x:1: missing port in address'],
    ['h]:1', 'http', 'h]:1', "address h]:1: unexpected ']' in address"],
  ])('%s is %s://%s', (host, scheme, global, error) => {
    expect(globalHost('http', host, options())).toEqual({ scheme, host: global, error })
  })

  it.each([
    ['http://ext', 'localhost:1', 'ext:1'],
    ['http://ext', 'localhost:9090', 'ext'],
    ['http://[fe80::1]:5', 'localhost:1', '[fe80::1]:1'],
    ['http://[fe80::1]:5', 'localhost', 'fe80::1'],
  ])('with the external URL %s makes %s %s', (external, host, global) => {
    expect(globalHost('http', host, options(external)).host).toBe(global)
  })
})
