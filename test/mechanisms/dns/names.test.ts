import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { encodeName, isComplete, readName } from '../../../src/mechanisms/dns/names.js'
import { candidates } from '../../../src/mechanisms/dns/resolv-conf.js'

const wire = (...labels: readonly string[]): Buffer =>
  Buffer.concat([
    ...labels.map((label) => Buffer.from(String.fromCharCode(label.length) + label, 'latin1')),
    Buffer.of(0),
  ])

// What a real Prometheus 3.5.3 shows as __meta_dns_srv_record_target for these bytes.
describe('a name of an answer is written as upstream', () => {
  it.each([
    ['a plain name', ['Host-1_x', 'c'], 'Host-1_x.c.'],
    ['the root', [], '.'],
    ['a blank', ['my host', 'example'], String.raw`my\ host.example.`],
    ['an @', ['a@b', 'c'], String.raw`a\@b.c.`],
    ['a dot within a label', ['a.b', 'c'], String.raw`a\.b.c.`],
    ['a dot at the end of a label', ['x.'], String.raw`x\..`],
    ['quotes and a semicolon', ['q"u\'o;te', 'c'], String.raw`q\"u\'o\;te.c.`],
    ['parentheses', ['(x)', 'c'], String.raw`\(x\).c.`],
    ['a backslash', ['a\\b', 'c'], String.raw`a\\b.c.`],
    ['a letter beyond ASCII', ['z\u00c3\u00bcrich', 'c'], String.raw`z\195\188rich.c.`],
    ['bytes', ['\u0000\u0001\u007f\u00ff', 'c'], String.raw`\000\001\127\255.c.`],
    ['signs that are not special', ['a$b,%:/#', 'c'], 'a$b,%:/#.c.'],
  ])('%s', (_title, labels, text) => {
    const bytes = wire(...labels)
    expect(readName(bytes, 0)).toBe(text)
    expect(encodeName(text)).toEqual(bytes)
  })

  it('that leads to an earlier one', () => {
    expect(
      readName(Buffer.concat([wire('a b', 'c'), Buffer.from('\u0001x\u00c0\u0004', 'latin1')]), 7),
    ).toBe('x.c.')
  })

  it.each([
    ['is cut off', Buffer.from('\u0005ab', 'latin1'), 0],
    ['leads to itself', Buffer.from('\u00c0\u0000', 'latin1'), 0],
    ['leads in a circle', Buffer.from('\u0001a\u00c0\u0000', 'latin1'), 0],
    ['leads forwards', Buffer.from('\u00c0\u0002\u0000', 'latin1'), 0],
  ])('unless it %s', (_title, bytes, start) => {
    expect(() => readName(bytes, start)).toThrow(RangeError)
  })
})

// What the same Prometheus asks a server for.
describe('a name of a config is asked for as upstream', () => {
  it.each([
    ['with a blank', 'sp ace.t.', ['sp ace', 't']],
    ['with a letter beyond ASCII', 'ü.t.', ['\u00c3\u00bc', 't']],
    ['with a dot within a label', String.raw`es\.c.t.`, ['es.c', 't']],
    ['with a blank behind a backslash', String.raw`es\ c.t.`, ['es c', 't']],
    ['with a letter behind a backslash', String.raw`es\c.t.`, ['esc', 't']],
    ['with a byte in digits', String.raw`e\115c.t.`, ['esc', 't']],
    ['with digits beyond a byte', String.raw`z\999.t.`, ['z\u00e7', 't']],
    ['that ends in a backslash', 'x\\', ['x.']],
    ['that ends in a dot of its label', String.raw`y\.`, ['y.']],
  ])('%s', (_title, name, labels) => {
    const [first = ''] = candidates(name, { servers: [], search: [], ndots: 0 })
    expect(encodeName(first)).toEqual(wire(...labels))
  })

  it.each(['a..b', '.a', 'a'.repeat(64), 'a.'.repeat(128)])('or cannot be: %j', (name) => {
    expect(encodeName(name)).toBeUndefined()
  })

  it.each([
    ['a.', true],
    ['a', false],
    [String.raw`a\.`, false],
    [String.raw`a\\.`, true],
    ['', false],
  ])('%j is complete: %s', (name, expected) => {
    expect(isComplete(name)).toBe(expected)
  })
})
