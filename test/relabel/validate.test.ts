import { describe, expect, it } from 'vitest'
import { relabelRule, type RelabelRule, validateRule } from '../../src/relabel/index.js'
import { isNameTemplate } from '../../src/relabel/label-name.js'

type Case = readonly [Partial<RelabelRule>, 'utf8' | 'legacy', string | undefined]

const extras = (action: string): string =>
  `${action} action requires only 'source_labels' and \`target_label\`, and no other fields`
const regexOnly = (action: string): string =>
  `${action} action requires only 'regex', and no other fields`

const cases: readonly Case[] = [
  [{ action: '' }, 'utf8', 'relabel action cannot be empty'],
  [
    { action: 'hashmod', target_label: 'x' },
    'utf8',
    'relabel configuration for hashmod requires non-zero modulus',
  ],
  [{}, 'utf8', "relabel configuration for replace action requires 'target_label' value"],
  [
    { action: 'lowercase' },
    'utf8',
    "relabel configuration for lowercase action requires 'target_label' value",
  ],
  [
    { action: 'keepequal' },
    'utf8',
    "relabel configuration for keepequal action requires 'target_label' value",
  ],
  [
    { action: 'lowercase', target_label: '${3}' },
    'legacy',
    '"${3}" is invalid \'target_label\' for lowercase action',
  ],
  [{ action: 'lowercase', target_label: '${3}' }, 'utf8', undefined],
  [
    { target_label: '${3}', replacement: '${1}', regex: 'some-([^-]+)-([^,]+)' },
    'legacy',
    undefined,
  ],
  [{ target_label: '0${3}' }, 'legacy', '"0${3}" is invalid \'target_label\' for replace action'],
  [{ target_label: '0${3}' }, 'utf8', undefined],
  [{ target_label: '-${3}' }, 'legacy', '"-${3}" is invalid \'target_label\' for replace action'],
  [{ target_label: 'a.b' }, 'legacy', '"a.b" is invalid \'target_label\' for replace action'],
  [{ target_label: 'a.b' }, 'utf8', undefined],
  [{ target_label: '\udc80' }, 'utf8', '"\\x80" is invalid \'target_label\' for replace action'],
  [
    { action: 'uppercase', target_label: 'x', replacement: 'y' },
    'utf8',
    "'replacement' can not be set for uppercase action",
  ],
  [
    { action: 'labelmap', replacement: '' },
    'utf8',
    '"" is invalid \'replacement\' for labelmap action',
  ],
  [
    { action: 'labelmap', replacement: 'a-$1' },
    'legacy',
    '"a-$1" is invalid \'replacement\' for labelmap action',
  ],
  [{ action: 'labelmap', replacement: 'a-$1' }, 'utf8', undefined],
  [
    { action: 'hashmod', modulus: 2, target_label: 'a b' },
    'legacy',
    '"a b" is invalid \'target_label\' for hashmod action',
  ],
  [{ action: 'keepequal', target_label: 'x', regex: '(.*)' }, 'utf8', extras('keepequal')],
  [{ action: 'dropequal', target_label: 'x', separator: ',' }, 'utf8', extras('dropequal')],
  [{ action: 'dropequal', target_label: 'x', modulus: 1 }, 'utf8', extras('dropequal')],
  [{ action: 'keepequal', target_label: 'x', separator: ';' }, 'utf8', undefined],
  [{ action: 'labeldrop', regex: 'x', source_labels: [] }, 'utf8', regexOnly('labeldrop')],
  [{ action: 'labelkeep', regex: 'x', target_label: 'y' }, 'utf8', regexOnly('labelkeep')],
  [{ action: 'labelkeep', regex: 'x', replacement: '$2' }, 'utf8', regexOnly('labelkeep')],
  [{ action: 'labelkeep', regex: 'x', replacement: '$1', separator: ';' }, 'utf8', undefined],
]

describe('validateRule', () => {
  it.each(cases)('of %o in %s says %s', (fields, scheme, message) => {
    expect(validateRule(relabelRule(fields), scheme)?.message).toBe(message)
  })

  it('names the key that is wrong', () => {
    expect(validateRule(relabelRule({ action: 'hashmod', target_label: 'x' }), 'utf8')?.key).toBe(
      'modulus',
    )
  })
})

describe('a target label of the legacy scheme', () => {
  it.each([
    ['-label', false],
    ['label', true],
    ['label${1}', true],
    ['${1}label', true],
    ['${1}', true],
    ['${1}label9', true],
    ['${', false],
    ['$', false],
    ['${}', false],
    ['foo${', false],
    ['$1', true],
    ['asd$2asd', true],
    ['-foo${1}bar-', false],
    ['bar.foo${1}bar', false],
    ['_${1}_', true],
    ['foo${bar}foo', true],
    ['9a', false],
    ['', false],
  ] as const)('%s is valid: %s', (template, valid) => {
    expect(isNameTemplate(template, 'legacy')).toBe(valid)
  })
})
