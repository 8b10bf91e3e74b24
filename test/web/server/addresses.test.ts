import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { globalHost, parseListenAddress, resolveExternalUrl } from '../../../src/web/index.js'
import { listenOn } from '../../../src/web/server/listen.js'

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
})

it('an address that only root may listen on is refused in words that say what to change', async () => {
  const server = createServer()
  server.listen = () => {
    const cause = new Error('listen EACCES: permission denied 127.0.0.1:80')
    server.emit('error', Object.assign(cause, { code: 'EACCES' }))
    return server
  }
  await expect(listenOn(server, '127.0.0.1:80')).rejects.toThrow(
    'Unable to start web listener on 127.0.0.1:80: listen EACCES: permission denied 127.0.0.1:80; ' +
      'ports below 1024 want root or CAP_NET_BIND_SERVICE: name a higher one in --web.listen-address',
  )
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
    expect(globalHost(options())('http', host)).toEqual({ scheme, host: global, error })
  })

  it.each([
    ['http://ext', 'localhost:1', 'ext:1'],
    ['http://ext', 'localhost:9090', 'ext'],
    ['http://[fe80::1]:5', 'localhost:1', '[fe80::1]:1'],
    ['http://[fe80::1]:5', 'localhost', 'fe80::1'],
  ])('with the external URL %s makes %s %s', (external, host, global) => {
    expect(globalHost(options(external))('http', host).host).toBe(global)
  })
})
