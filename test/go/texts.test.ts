import { describe, expect, it } from 'vitest'
import { formatBytes, parseBytes } from '../../src/go/bytes.js'
import { toLower, toUpper } from '../../src/go/case.js'
import { expand } from '../../src/go/expand.js'
import { fileErrorReason } from '../../src/go/file-error.js'
import { canonicalHeader } from '../../src/go/header.js'
import { goQuote, quoteIfNeeded } from '../../src/go/quote.js'

describe('letter case', () => {
  it.each([
    ['straße', 'STRAßE', 'straße'],
    ['ΑΣ', 'ΑΣ', 'ας'.replace('ς', 'σ')],
    ['ΐᾳᾀᾈ', 'ΐᾼᾈᾈ', 'ΐᾳᾀᾀ'],
    ['ıİ', 'Iİ', 'ıi'],
    ['ﬁŉǆ', 'ﬁŉǄ', 'ﬁŉǆ'],
    ['ᲀ', 'В', 'ᲀ'],
    ['𐐨', '𐐀', '𐐨'],
  ])('of %s maps one character to one', (text, upper, lower) => {
    expect(toUpper(text)).toBe(upper)
    expect(toLower(text)).toBe(lower)
  })
})

describe('parseBytes and formatBytes', () => {
  it.each([
    ['0', 0, '0B'],
    ['1B', 1, '1B'],
    ['1KB', 1024, '1KiB'],
    ['1MiB512KiB', 1_572_864, '1MiB512KiB'],
    ['-1GB', -1_073_741_824, '-1GiB'],
  ])('%s is %d bytes and prints as %s', (written, count, printed) => {
    expect(parseBytes(written)).toBe(count)
    expect(formatBytes(count)).toBe(printed)
  })

  it('refuses more bytes than Go counts to', () => {
    expect(() => parseBytes('9999EB')).toThrow('units: overflow parsing unit')
  })
})

describe('goQuote', () => {
  it.each([
    ['', '""', '""'],
    ['plain', '"plain"', 'plain'],
    ['a b', '"a b"', '"a b"'],
    ['say "hi"\\', '"say \\"hi\\"\\\\"', '"say \\"hi\\"\\\\"'],
    ['a\tb\n', '"a\\tb\\n"', '"a\\tb\\n"'],
    ['\u0001\u007f', '"\\x01\\x7f"', '"\\x01\\x7f"'],
    ['\u200b\u{e0001}', '"\\u200b\\U000e0001"', '"\\u200b\\U000e0001"'],
    ['\udcff', '"\\xff"', '"\\xff"'],
    ['é😀', '"é😀"', 'é😀'],
  ])('writes %j as %s, and in logfmt as %s', (text, quoted, ifNeeded) => {
    expect(goQuote(text)).toBe(quoted)
    expect(quoteIfNeeded(text)).toBe(ifNeeded)
  })
})

describe('expand', () => {
  const values: ReadonlyMap<string, string> = new Map([
    ['A', 'a'],
    ['A_1', 'a1'],
    ['x y', 'spaced'],
    ['$', 'dollar'],
    ['1', 'one'],
  ])
  it.each([
    ['$A', 'a'],
    ['${A}b', 'ab'],
    ['x${A', 'xA'],
    ['${}b', 'b'],
    ['50% $ $', '50% $ $'],
    ['$A_1-$A', 'a1-a'],
    ['${x y}', 'spaced'],
    ['$$A', 'dollarA'],
    ['$12', 'one2'],
    ['$none.', '.'],
    ['50 $', '50 $'],
  ])('%s gives %s', (text, expanded) => {
    expect(expand(text, (name) => values.get(name) ?? '')).toBe(expanded)
  })
})

describe('canonicalHeader', () => {
  it.each([
    ['x-my-header', 'X-My-Header'],
    ['ETAG', 'Etag'],
    ['a b', 'a b'],
  ])('writes %s as %s', (name, canonical) => {
    expect(canonicalHeader(name)).toBe(canonical)
  })
})

describe('fileErrorReason', () => {
  it.each([
    ['ENOENT', 'no such file or directory'],
    ['EACCES', 'permission denied'],
    ['EXYZ', undefined],
  ])('of %s is %s', (code, reason) => {
    expect(fileErrorReason(Object.assign(new Error('x'), { code }))).toBe(reason)
  })
})
