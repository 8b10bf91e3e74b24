import { describe, expect, it } from 'vitest'
import type { Labels } from '../../src/labels/index.js'
import {
  maxWork,
  Relabeler,
  type RelabelRule,
  relabelRule,
  RelabelWorkError,
} from '../../src/relabel/index.js'
import { Pattern } from '../../src/relabel/regex/pattern.js'

const match = (regex: string): RelabelRule =>
  relabelRule({ source_labels: ['a'], regex, target_label: 'b' })
const long = (length: number): Labels => ({ a: 'x'.repeat(length) })
const names = (count: number): Labels =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`name_${String(i)}`, 'v']))

describe('the work of rules for one label set', () => {
  it.each<{ title: string; rules: readonly RelabelRule[]; labels: Labels; isHeavy: boolean }>([
    { title: 'a usual rule', rules: [match('(.+):(\\d+)')], labels: long(100), isHeavy: false },
    {
      title: 'a usual rule on a large annotation',
      rules: [match('(.+):(\\d+)')],
      labels: long(200_000),
      isHeavy: false,
    },
    {
      title: 'thousands of hosts by name',
      rules: [match(Array.from({ length: 5000 }, (_, i) => `host-${String(i)}`).join('|'))],
      labels: long(50),
      isHeavy: false,
    },
    {
      title: 'counted repeats on a usual value',
      rules: [match('(.{1,500}).*(.{1,500})')],
      labels: long(1000),
      isHeavy: false,
    },
    {
      title: 'counted repeats on a large value',
      rules: [match('(.{1,500}).*(.{1,500})')],
      labels: long(100_000),
      isHeavy: true,
    },
    {
      title: 'the same, where RE2 alone can match',
      rules: [match('\\pL(.{1,500}).*(.{1,500})')],
      labels: long(100_000),
      isHeavy: true,
    },
    {
      title: 'many rules that are not much alone',
      rules: Array.from({ length: 50 }, (_, i) => match(`(.+).*(.+)${String(i)}`)),
      labels: long(20_000),
      isHeavy: true,
    },
    {
      title: 'hashes of megabytes',
      rules: [
        relabelRule({ action: 'hashmod', source_labels: ['a'], target_label: 'b', modulus: 2 }),
      ],
      labels: long(3 << 20),
      isHeavy: true,
    },
    {
      title: 'a labelmap of many labels',
      rules: [relabelRule({ action: 'labelmap', regex: '(.{1,500}).*(.{1,500})x' })],
      labels: names(1000),
      isHeavy: true,
    },
    {
      title: 'a labeldrop of many labels',
      rules: [relabelRule({ action: 'labeldrop', regex: '(.{1,500}).*(.{1,500})x' })],
      labels: names(1000),
      isHeavy: true,
    },
    {
      title: 'a hundred thousand labels',
      rules: [relabelRule({ action: 'labeldrop', regex: 'x' })],
      labels: names(100_000),
      isHeavy: true,
    },
  ])('$title', ({ rules, labels, isHeavy }) => {
    const apply = (): unknown => new Relabeler(rules, 'utf8', maxWork).apply(labels)
    if (isHeavy) expect(apply).toThrow(RelabelWorkError)
    else expect(apply()).toBeDefined()
  })

  it('is counted for each label set by itself, and what is remembered costs nothing', () => {
    const relabeler = new Relabeler([match('(.+):(\\d+)')], 'utf8', maxWork)
    relabeler.apply({ a: 'host:1' })
    const first = relabeler.work.done
    relabeler.apply({ a: 'host:1' })
    expect(first).toBeGreaterThan(relabeler.work.done)
    expect(() => relabeler.apply(long(1_000_000))).toThrow(RelabelWorkError)
    expect(relabeler.apply({ a: 'other:2' })).toEqual({ a: 'other:2', b: 'other' })
  })

  it('is without a limit where none is asked for', () => {
    const rules = [match('(.{1,500}).*(.{1,500})')]
    expect(new Relabeler(rules).apply(long(100_000))).toMatchObject({ b: 'x'.repeat(500) })
  })
})

describe('expressions in expressions', () => {
  it.each(['*', '?', '+b', '{1}'])('are looked at once: %s', (times) => {
    const depth = 450
    const source = `${'(?:'.repeat(depth)}a${`)${times}`.repeat(depth)}`
    expect(Pattern.compile(source).tester()('c')).toBe(false)
  })

  it('are left to RE2 where they are nested too deeply for a walk', () => {
    const pattern = Pattern.compile(`${'(?:'.repeat(5000)}a${')'.repeat(5000)}`)
    expect(pattern.tester()('a')).toBe(true)
  })
})

describe('an expression of many instructions', () => {
  it.each([
    ['(.{1000})'.repeat(600), 'error parsing regexp: expression too large'],
    ['x'.repeat(500_001), 'error parsing regexp: expression too large'],
    ['(x{1000}){1000}', 'error parsing regexp: invalid repeat count: `{1000}`'],
  ])('%#: is refused before it is compiled, unless it is wrong otherwise', (regex, message) => {
    expect(() => Pattern.compile(regex)).toThrow(message)
  })

  it('is left to RE2 where V8 cannot match with it, which V8 says at the first match', () => {
    const long = 'x'.repeat(60_000)
    const pattern = Pattern.compile(`(${long})|a\u{e9}`)
    expect([long, `${long}x`, 'a\u{e9}', 'b'].map(pattern.tester())).toEqual([
      true,
      false,
      true,
      false,
    ])
    expect(pattern.capturer(new Set([1]))(long)?.(1)).toBe(long)
  })
})
