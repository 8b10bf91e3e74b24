import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { documentText, type Plain } from '../../../src/cli/terminal/document.js'

const values: readonly Plain[] = [
  {},
  [],
  'text',
  { a: [1, -2.5, true, null], b: {}, c: [] },
  [
    { name: 'x', deep: [{ y: [[1, 2], []] }] },
    'on',
    'no',
    '~',
    'null',
    '1e3',
    '0x10',
    '12:30:45',
    '2001-01-01',
    '_',
    '.5',
  ],
  { 'a: b': '- c', '': ' ', '#': 'a #b', 'a\nb': 'c\n', '<<': '=', '-': '---' },
  ['\u0000\u001B[2J\u007F\u0085\u00A0\u2028\u202E\uFEFF', '\u{E0001}', '日本 größe 🎯', '"\\'],
  { __proto: 'x', url: 'http://a:1/metrics?a=b', place: 'prometheus.yml:12:7', text: 'a word' },
]

describe('a document', () => {
  it.each(values)('is read as it was: %j', (value) => {
    expect(JSON.parse(documentText(value, 'json'))).toEqual(value)
    expect(load(documentText(value, 'yaml'))).toEqual(value)
  })

  it.each(values)('has nothing in it that a terminal obeys: %j', (value) => {
    for (const format of ['json', 'yaml'] as const) {
      expect(documentText(value, format)).toMatch(/^[ \n\p{L}\p{M}\p{N}\p{P}\p{S}]*$/u)
    }
  })

  it('leaves out what is undefined', () => {
    expect(documentText({ a: undefined, b: 1 }, 'yaml')).toBe('b: 1')
    expect(documentText({ a: undefined, b: 1 }, 'json')).toBe('{\n  "b": 1\n}')
  })

  it('looks as a person would write it', () => {
    const value = {
      items: [
        { job: 'node', labels: { env: 'prod' } },
        { job: 'b c', labels: {} },
      ],
    }
    expect(documentText(value, 'yaml')).toBe(
      'items:\n  - job: node\n    labels:\n      env: prod\n  - job: b c\n    labels: {}',
    )
  })
})
