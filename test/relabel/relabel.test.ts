import { describe, expect, it } from 'vitest'
import type { Labels } from '../../src/labels/index.js'
import { Relabeler, relabelRule } from '../../src/relabel/index.js'
import { cases } from './relabel-cases.js'

describe('Relabeler.apply', () => {
  it.each(cases)('%s', (_title, input, rules, output) => {
    const relabeler = new Relabeler(rules.map(relabelRule))
    // Twice, since the second time everything is bound already; and after labels of another kind.
    for (let i = 0; i < 2; i += 1) {
      expect(entries(relabeler.apply(input))).toEqual(entries(output))
      relabeler.apply({ other: 'labels', ...input })
    }
  })

  it('leaves the input as it is', () => {
    const input = Object.freeze({ a: '1', b: '2' })
    const rules = [relabelRule({ regex: 'a', action: 'labeldrop' })]
    expect(new Relabeler(rules).apply(input)).toEqual({ b: '2' })
    expect(input).toEqual({ a: '1', b: '2' })
  })

  it('stays right when every target writes a label of its own', () => {
    const relabeler = new Relabeler([
      relabelRule({ source_labels: ['id'], target_label: 'own_$1', replacement: 'yes' }),
      relabelRule({ regex: 'own_(.*)', replacement: 'copy_$1', action: 'labelmap' }),
      relabelRule({ regex: 'own_.*', action: 'labeldrop' }),
    ])
    for (let i = 0; i < 500; i += 1) {
      expect(relabeler.apply({ id: String(i) })).toEqual({
        id: String(i),
        [`copy_${String(i)}`]: 'yes',
      })
    }
  })

  it('stays right when every target has labels of its own', () => {
    const relabeler = new Relabeler([
      relabelRule({ regex: 'k(.*)', replacement: 'm$1', action: 'labelmap' }),
    ])
    for (let i = 0; i < 3000; i += 1) {
      expect(relabeler.apply({ [`k${String(i)}`]: 'v' })).toEqual({
        [`k${String(i)}`]: 'v',
        [`m${String(i)}`]: 'v',
      })
    }
  })
})

describe('Relabeler.explain', () => {
  it('tells what each rule made of the labels, and nothing after a drop', () => {
    const rules = [
      relabelRule({ target_label: 'x', replacement: '1' }),
      relabelRule({ source_labels: ['x'], regex: '1', action: 'drop' }),
      relabelRule({ target_label: 'y', replacement: '2' }),
    ]
    expect(new Relabeler(rules).explain({ a: 'b' })).toEqual([
      { rule: rules[0], output: { a: 'b', x: '1' }, keep: true },
      { rule: rules[1], output: {}, keep: false },
      { rule: rules[2], output: {}, keep: false },
    ])
  })
})

/** Plain comparison looks at prototypes; labels have names like theirs. */
function entries(labels: Labels | undefined): readonly (readonly [string, string])[] | undefined {
  return labels && Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))
}
