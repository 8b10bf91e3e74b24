import { describe, expect, it } from 'vitest'
import { formatUrl, printUrl } from '../../src/go/format-url.js'
import { joinUrlPath, parseGoUrl, redactUrl } from '../../src/go/url.js'

describe('parseGoUrl', () => {
  it.each([
    ['http://h/p?q#f', { scheme: 'http', host: 'h', path: '/p' }],
    ['HTTP://u:p@h:80', { scheme: 'http', userinfo: 'u:p', host: 'h:80', path: '' }],
    ['http://[::1]:80/x', { host: '[::1]:80' }],
    ['http:///x', { scheme: 'http', host: '', path: '/x' }],
    ['/x', { scheme: '', path: '/x' }],
    ['//h/x', { scheme: '', host: 'h', path: '/x' }],
    ['mailto:a@b', { scheme: 'mailto', opaque: 'a@b' }],
    ['localhost:80', { scheme: 'localhost', opaque: '80' }],
    ['', { scheme: '', host: '', path: '' }],
  ])('splits %j', (text, want) => {
    expect(parseGoUrl(text)).toMatchObject(want)
  })

  it.each([
    'http://[fe80::1%25en0]/',
    'http://[fe80::1%25%20]/',
    'http://[::ffff:1.2.3.4]',
    'http://a]b',
    'http://a<b>"c/',
    'http://h%c3%a9%25/',
    'http://é:80',
    'http://::1',
    'http://h:80:80',
    'http://h?%zz',
    'http://h/#\u007f',
    '*',
    './a:b',
  ])('takes %j as Go does', (text) => {
    expect(() => parseGoUrl(text)).not.toThrow()
  })

  it.each([
    [':80', 'parse ":80": missing protocol scheme'],
    ['127.0.0.1:80/x', 'parse "127.0.0.1:80/x": first path segment in URL cannot contain colon'],
    ['http://h:x/', 'parse "http://h:x/": invalid port ":x" after host'],
    ['http://h/%zz', 'parse "http://h/%zz": invalid URL escape "%zz"'],
    ['http://a b/', 'parse "http://a b/": invalid character " " in host name'],
    ['http://[::1/', `parse "http://[::1/": missing ']' in host`],
    ['http://a\nb', 'parse "http://a\\nb": net/url: invalid control character in URL'],
    ['http://h/#%zz', 'parse "http://h/#%zz": invalid URL escape "%zz"'],
    ['http://h:x/#a', 'parse "http://h:x/": invalid port ":x" after host'],
    ['http://h%41/', 'parse "http://h%41/": invalid URL escape "%41"'],
    ['http://a]:80]', 'parse "http://a]:80]": invalid port ":80]" after host'],
    ['http://[127.0.0.1]:1', 'parse "http://[127.0.0.1]:1": invalid IP-literal'],
    ['http://127.0.0.1[:1', 'parse "http://127.0.0.1[:1": invalid IP-literal'],
    ['http://[::1][::2]', 'parse "http://[::1][::2]": invalid IP-literal'],
    ['http://[x]', 'parse "http://[x]": invalid host: ParseAddr("x"): unable to parse IP'],
    ['http://[::1%en0]', 'parse "http://[::1%en0]": invalid URL escape "%en"'],
    [
      'http://[::1%25]',
      'parse "http://[::1%25]": invalid host: ParseAddr("::1%"): zone must be a non-empty string',
    ],
    ['http://[::1%25%2f]', 'parse "http://[::1%25%2f]": invalid URL escape "%2f"'],
    ['http://[::1%25a b]', 'parse "http://[::1%25a b]": invalid character " " in host name'],
    ['http://u v@h', 'parse "http://u v@h": net/url: invalid userinfo'],
    ['http://u:%zz@h', 'parse "http://u:xxxxx@h": invalid URL escape "%zz"'],
    ['http://u:geheim@h:x', 'parse "http://u:xxxxx@h:x": invalid port ":x" after host'],
  ])('refuses %j as Go does', (text, want) => {
    expect(() => parseGoUrl(text)).toThrow(want)
  })
})

describe('joinUrlPath', () => {
  it.each([
    ['http://h', 'http://h/p/q'],
    ['http://h/', 'http://h/p/q'],
    ['https://u:p@h:80/a//b/../c/?x=/y#f', 'https://u:p@h:80/a/c/p/q?x=/y#f'],
    ['http://[::1]:80?x', 'http://[::1]:80/p/q?x'],
    ['//h/a', '//h/a/p/q'],
    ['h/a', 'h/a/p/q'],
    ['/a', '/a/p/q'],
    ['h:443', 'h:443'],
  ])('makes of %j, with more at the end of its path, %j', (text, want) => {
    expect(joinUrlPath(text, 'p/q')).toBe(want)
  })
})

describe('redactUrl', () => {
  it.each([
    ['http://u:p@h/', 'http://u:xxxxx@h/'],
    ['http://u:p@x@h/', 'http://u:xxxxx@h/'],
    ['http://u@h/a:b@c', 'http://u@h/a:b@c'],
    ['http://h/?a=b:c@d', 'http://h/?a=b:c@d'],
  ])('prints %j as %j', (text, want) => {
    expect(redactUrl(text)).toBe(want)
  })
})

describe('printUrl', () => {
  it.each([
    ['HTTP://h', 'http://h'],
    ['http://', 'http:'],
    ['http:///', 'http:///'],
    ['http:/&a b', 'http:/&a%20b'],
    ['http://u:geheim@h/', 'http://u:xxxxx@h/'],
    ['http://u:@h', 'http://u:xxxxx@h'],
    ["http://u'%41@h", 'http://u%27A@h'],
    ['http://h😀:1/', 'http://h%F0%9F%98%80:1/'],
    ['http://[fe80::1%25en0]:80', 'http://[fe80::1%25en0]:80'],
    ['http://h/\\u00e9', 'http://h/%5Cu00e9'],
    ["http://h/a'b%2f[c]", "http://h/a'b%2f[c]"],
    ["http://h/a'b%2f é", 'http://h/a%27b/%20%C3%A9'],
    ['http://h?', 'http://h?'],
    ['http://h??', 'http://h??'],
    ['http://h?é b#', 'http://h?é b'],
    ['http://h#a|b', 'http://h#a%7Cb'],
    ['./a:b', './a:b'],
    ['mailto:a@b', 'mailto:a@b'],
    ['//h', '//h'],
    ['///h', '///h'],
    ['*', '*'],
  ])('prints %j as %j', (text, want) => {
    expect(printUrl(text)).toBe(want)
  })
})

describe('formatUrl', () => {
  it.each([
    ['http', 'h:1', '/metrics', '', 'http://h:1/metrics'],
    ['', 'h:1', '', '', '//h:1'],
    ['http', 'h:1', '', 'a=b', 'http://h:1?a=b'],
    ['http', 'h ost', 'm', '', 'http://h%20ost/m'],
    ['http', '[::1]:80', '/é?x', '', 'http://[::1]:80/%C3%A9%3Fx'],
    [
      'http',
      'a$b!c*d\'(e);:@&=+,<>"|{}^`~é:1',
      '*',
      '',
      'http://a$b!c*d\'(e);:%40&=+,<>"%7C%7B%7D%5E%60~%C3%A9:1/*',
    ],
    [
      'http',
      'p:1',
      "m?x y/!*'();:@&=+$,é%41[]",
      '',
      'http://p:1/m%3Fx%20y/%21%2A%27%28%29;:@&=+$,%C3%A9%2541%5B%5D',
    ],
  ])('%s %s %s %s is %s', (scheme, host, path, query, expected) => {
    expect(formatUrl({ scheme, host, path, query })).toBe(expected)
  })
})
