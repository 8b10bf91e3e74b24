import { expect, it } from 'vitest'
import {
  compileMatch,
  readableLabels,
  type RelabelRule,
  relabelRule,
} from '../../src/relabel/index.js'

const labels = { a: 'x', b: 'y', c: 'x', empty: '' }

it.each<[title: string, rule: Partial<RelabelRule>, matches: boolean]>([
  ['a drop matches by its regex', { action: 'drop', source_labels: ['a'], regex: 'x' }, true],
  ['a keep that drops does not match', { action: 'keep', source_labels: ['a'], regex: 'y' }, false],
  ['source labels are joined', { source_labels: ['a', 'b'], regex: 'x;y' }, true],
  ['a label that is not there is empty', { source_labels: ['d'], regex: '.+' }, false],
  ['without a regex everything matches', { source_labels: ['d'] }, true],
  ['equal values match', { action: 'keepequal', source_labels: ['a'], target_label: 'c' }, true],
  ['other values do not', { action: 'dropequal', source_labels: ['a'], target_label: 'b' }, false],
  ['one name is enough', { action: 'labelmap', regex: 'b' }, true],
  ['an empty label is none', { action: 'labeldrop', regex: 'empty' }, false],
  ['a hash has no condition', { action: 'hashmod', source_labels: ['d'], modulus: 2 }, true],
])('%s', (_, rule, matches) => {
  expect(compileMatch(relabelRule(rule))(readableLabels(labels))).toBe(matches)
})
