import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { Relabeler, relabelRule } from '../../src/relabel/index.js'
import { translatable } from '../../src/relabel/regex/matcher.js'
import { Pattern, PatternError } from '../../src/relabel/regex/pattern.js'

const matches = (regex: string, text: string): boolean => Pattern.compile(regex).tester()(text)

describe('a relabelling regex', () => {
  it.each([
    ['(', 'error parsing regexp: missing closing ): `^(?s:()$`'],
    ['a**', 'error parsing regexp: invalid nested repetition operator: `**`'],
    ['(?=a)', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
    ['(a)\\1', 'error parsing regexp: invalid escape sequence: `\\1`'],
    ['a{1001}', 'error parsing regexp: invalid repeat count: `{1001}`'],
    ['[z-a]', 'error parsing regexp: invalid character class range: `z-a`'],
    ['\\pX', 'error parsing regexp: invalid character class range: `\\pX`'],
  ])('%s is refused in the words of Go', (regex, message) => {
    expect(() => Pattern.compile(regex)).toThrow(PatternError)
    expect(() => Pattern.compile(regex)).toThrow(message)
  })

  it.each([
    ['\\d', '٣', false],
    ['\\w', 'é', false],
    ['\\s', '\u00a0', false],
    ['\\s', '\v', false],
    ['[[:space:]]', '\v', true],
    ['.', '😀', true],
    ['..', '😀', false],
    ['[^a]', '😀', true],
    ['.*a.', 'xa😀', true],
    ['(?i)k', '\u212a', true],
    ['(?i)[s]', 'ſ', true],
    ['(?i)É', 'é', true],
    ['\\pL+', 'étéß', true],
    ['\\p{Greek}', 'Σ', true],
    ['(?-s:.)', '\n', false],
    ['a\\z', 'a', true],
    ['\\Qa.b\\E+', 'a.bbb', true],
    ['\\x{1F600}', '😀', true],
    ['[\\x{1F600}-\\x{1F64F}]', '😃', true],
    ['(?P<x>a)(?<y>b)', 'ab', true],
    ['a{,2}', 'a{,2}', true],
    ['[[:^alpha:]]', '1', true],
    ['^$', '', true],
    ['', 'a', false],
  ])('%s on %s: %s', (regex, text, expected) => {
    expect(matches(regex, text)).toBe(expected)
    expect(RE2JS.compile(`^(?s:${regex})$`).test(text)).toBe(expected)
  })

  it.each([
    '(.*)',
    '([^:;]+)(?::\\d+)?;(\\d+)',
    '(?i)prod|canary',
    '__meta_(.+)',
    '[[:alpha:]_]\\w*',
  ])('%s runs in V8', (regex) => {
    expect(translatable(regex)).toBeDefined()
  })
})

const a = 'a'.repeat(100_000)
const commas = ','.repeat(100_000)
const digits = '1.'.repeat(50_000)

/** Expressions that take a backtracking matcher minutes to years on values of 100 KB. */
const attacks: readonly (readonly [regex: string, value: string])[] = [
  ['(a+)+b', a],
  ['(a*)*b', a],
  ['(a|a)*b', a],
  ['(a|aa)+b', a],
  ['(a|a?)+b', a],
  ['(.*a){12}b', a],
  ['(.*a){30}b', a],
  ['.*.*.*.*x', a],
  ['(.*)(.*)(.*)(.*)(.*)[0-9]', a],
  ['(.*),(.*),(.*),(.*),(.*)x', commas],
  ['(?:.*,){5}x', commas],
  ['([a-zA-Z]+)*1', a],
  ['(?i)(a+)+b', a],
  ['(\\pL+)+\\d', a],
  ['(a?){50}a{50}', a],
  ['(a{1,50}){1,20}b', a],
  ['([0-9]+\\.?)+x', digits],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', a],
  ['(\\w+\\s?)*!', a],
  ['(?:(?:a*)*)*b', a],
  ['(a+)+b', `${'é'.repeat(50_000)}${a}`],
  ['(.+)+x', '😀'.repeat(50_000)],
  ['(.|\\n)*x', a],
  ['(a|b|ab)*c', 'ab'.repeat(50_000)],
]

describe('no value holds the event loop', () => {
  it.each(attacks)('%s on 100 KB', (regex, value) => {
    const rules = [
      relabelRule({ source_labels: ['v'], regex, action: 'drop' }),
      relabelRule({ source_labels: ['v'], regex, target_label: 'w', replacement: '[$1]' }),
    ]
    const relabeler = new Relabeler(rules)
    const began = performance.now()
    expect(relabeler.apply({ v: value })).toEqual({ v: value })
    // A second would be far too much; minutes are what it would take.
    expect(performance.now() - began).toBeLessThan(5000)
  })

  it('takes values of megabytes', () => {
    const value = 'a'.repeat(4_000_000)
    const rules = [relabelRule({ source_labels: ['v'], regex: '(a|b)*', action: 'keep' })]
    expect(new Relabeler(rules).apply({ v: value })).toEqual({ v: value })
  })
})
