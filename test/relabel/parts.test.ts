import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { compareNames, NameList, plainRule, relabelRuleSection } from '../../src/relabel/index.js'
import { tailHasher } from '../../src/relabel/actions/md5.js'
import { memoize } from '../../src/relabel/actions/memoize.js'
import { Pattern } from '../../src/relabel/regex/pattern.js'
import { compileTemplate } from '../../src/relabel/actions/template.js'
import { decodeText } from '../../src/yaml/index.js'

describe('a replacement template', () => {
  const pattern = Pattern.compile('(?P<first>.)(.)?(?P<last>.)?')
  const read = pattern.capturer(new Set([0, 1, 2, 3]))
  it.each([
    ['$1', 'x'],
    ['${1}b', 'xb'],
    ['$1b', ''],
    ['$0', 'xy'],
    ['$first-$2', 'x-y'],
    ['${first}$$', 'x$'],
    ['$é', ''],
    ['$9${9}$nope', ''],
    ['$', '$'],
    ['a$ b', 'a$ b'],
    ['${', '${'],
    ['${1', '${1'],
    ['${}', '${}'],
    ['$01', ''],
    ['$$1', '$1'],
    ['$3|', '|'],
  ])('%s gives %s', (template, expected) => {
    const groups = read('xy')
    expect(groups && compileTemplate(template, pattern).expand(groups)).toBe(expected)
  })
})

describe('groups that share a name', () => {
  it.each([
    ['(?P<x>a)?(?<x>b)?', 'ab', 'a'],
    ['(?P<x>a)?(?<x>b)?', 'b', 'b'],
    ['(?P<x>a*)(?<x>b)', 'b', ''],
    ['(?i)(?P<x>é)|(?P<x>b)', 'B', 'B'],
    ['(?P<x>a)\\Q(?P<x>\\E[(?P<x>](?P<x>b)', 'a(?P<x>(b', 'a'],
  ])('%s on %s: the first that takes part', (regex, text, expected) => {
    const shared = Pattern.compile(regex)
    const groups = shared.capturer(new Set(shared.groupsOf('x')))(text)
    expect(groups && compileTemplate('$x', shared).expand(groups)).toBe(expected)
  })

  it('do not change what an error says', () => {
    expect(() => Pattern.compile('(?P<x>a)(?P<x>b')).toThrow(
      'missing closing ): `^(?s:(?P<x>a)(?P<x>b)$`',
    )
  })
})

describe('the end of an MD5', () => {
  it.each([
    '',
    'a',
    'é',
    '😀',
    'x'.repeat(55),
    'x'.repeat(56),
    'x'.repeat(64),
    'é'.repeat(40),
    'ab'.repeat(5000),
  ])('of %s is that of node:crypto', (text) => {
    const hash = tailHasher()
    hash('something else of a different length, longer than one block of sixty-four bytes')
    const { high, low } = hash(text)
    const digest = createHash('md5').update(text).digest()
    expect([high, low]).toEqual([digest.readUInt32BE(8), digest.readUInt32BE(12)])
  })
})

describe('memoize', () => {
  it('computes once for each text', () => {
    const seen: string[] = []
    const upper = memoize((text) => {
      seen.push(text)
      return text.toUpperCase()
    })
    expect(['a', 'b', 'a', 'a'].map(upper)).toEqual(['A', 'B', 'A', 'A'])
    expect(seen).toEqual(['a', 'b'])
  })

  it('goes on giving results when every text is another', () => {
    const length = memoize((text) => text.length)
    for (let i = 0; i < 20_000; i += 1) expect(length(String(i))).toBe(String(i).length)
  })
})

describe('label names', () => {
  it('stand in the order of their bytes', () => {
    expect(['b', '😀', '', 'a', '\uffee', 'aa', '\ue000'].sort(compareNames)).toEqual([
      '',
      'a',
      'aa',
      'b',
      '\ue000',
      '\uffee',
      '😀',
    ])
  })

  it('may be anything, also in the sets that are built many times', () => {
    const names = ['__proto__', 'a"b', 'constructor', '}, process.exit(), {', '\u2028']
    const list = new NameList(names)
    for (let i = 0; i < 200; i += 1) {
      expect(Object.entries(list.labels(['1', '2', '3', '4', '5']))).toEqual(
        names.map((name, at) => [name, String(at + 1)]),
      )
    }
  })
})

const read = (source: string) => decodeText(relabelRuleSection, 'r.yml', source)

describe('a rule in YAML', () => {
  it('has the defaults of Prometheus', () => {
    expect(read('target_label: x').value).toEqual({
      source_labels: undefined,
      separator: ';',
      regex: undefined,
      modulus: 0,
      target_label: 'x',
      replacement: '$1',
      action: 'replace',
    })
  })

  it('tells a regex that was left out from one that was not', () => {
    expect(read('regex: (.*)').value.regex).toBe('(.*)')
    expect(read('regex: null').value.regex).toBe('')
    expect(read('action: DROP').value.action).toBe('drop')
    expect(read('action:').value.action).toBe('')
    expect(read('source_labels: []').value.source_labels).toEqual([])
  })

  it('keeps a modulus exact', () => {
    expect(read('modulus: 18446744073709551615').value.modulus).toBe(18446744073709551615n)
    expect(read('modulus: 1000').value.modulus).toBe(1000)
    expect(read('modulus: 18446744073709551616').issues).toHaveLength(1)
  })

  it.each([
    ['action: Explode', '1:9 unknown relabel action "Explode"'],
    ['regex: "("', '1:8 error parsing regexp: missing closing ): `^(?s:()$`'],
    ['source_labels: [""]', '1:17 "" is not a valid label name'],
    ['modulus: -1', '1:10 cannot unmarshal !!int `-1` into uint64'],
  ])('%s is refused: %s', (text, expected) => {
    const [issue] = read(text).issues
    expect(`${String(issue?.line)}:${String(issue?.column)} ${issue?.message ?? ''}`).toBe(expected)
  })

  it('prints as Prometheus does', () => {
    const rule = read('{source_labels: [a], regex: (.*), target_label: x}').value
    expect(relabelRuleSection.encode(rule)).toEqual({
      source_labels: ['a'],
      separator: ';',
      regex: '(.*)',
      target_label: 'x',
      replacement: '$1',
      action: 'replace',
    })
    expect(relabelRuleSection.encode(read('{target_label: x, replacement: ""}').value)).toEqual({
      separator: ';',
      target_label: 'x',
      replacement: '',
      action: 'replace',
    })
  })
})

describe('a rule in the API', () => {
  it('has its defaults, and no empty fields', () => {
    expect(plainRule(read('target_label: env').value)).toEqual({
      separator: ';',
      regex: '(.*)',
      target_label: 'env',
      replacement: '$1',
      action: 'replace',
    })
    expect(plainRule(read('{action: hashmod, modulus: 18446744073709551615}').value)).toMatchObject(
      {
        modulus: '18446744073709551615',
      },
    )
  })
})
