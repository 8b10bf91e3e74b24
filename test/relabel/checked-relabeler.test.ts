import { describe, expect, it } from 'vitest'
import { type RelabelRule, relabeler } from '../../src/relabel/door.js'

const wrong = (fields: object): Partial<RelabelRule> => fields

describe('relabeler', () => {
  it('compiles the text of a relabel_configs list', () => {
    const shorten = relabeler(`
      - source_labels: [instance]
        regex: '([^.]+)[.].*'
        target_label: instance`)
    expect(shorten.apply({ instance: 'db-1.example.org' })).toEqual({ instance: 'db-1' })
  })

  it('compiles rules given as values, with the defaults of Prometheus', () => {
    const drop = relabeler([{ action: 'drop', source_labels: ['env'], regex: 'test' }])
    expect(drop.apply({ env: 'test' })).toBeUndefined()
    expect(drop.apply({ env: 'prod' })).toEqual({ env: 'prod' })
  })

  it('names every mistake of a YAML text with its place', () => {
    const text = `- action: hashmod\n  target_label: x\n- action: lowercase\n`
    expect(() => relabeler(text, { file: 'rules.yml' })).toThrow(
      [
        'rules.yml:1:3: [0]: relabel configuration for hashmod requires non-zero modulus',
        "rules.yml:3:3: [1]: relabel configuration for lowercase action requires 'target_label' value",
      ].join('\n'),
    )
  })

  it.each([
    {
      title: 'hashmod without modulus',
      rule: wrong({ action: 'hashmod', target_label: 'x' }),
      says: 'rules[0].modulus: relabel configuration for hashmod requires non-zero modulus',
    },
    {
      title: 'an unknown action',
      rule: wrong({ action: 'keepp' }),
      says: 'rules[0].action: unknown relabel action "keepp"',
    },
    {
      title: 'a regex that is not valid',
      rule: wrong({ regex: '(', target_label: 'x' }),
      says: 'rules[0].regex: ',
    },
    {
      title: 'source labels that are no list',
      rule: wrong({ source_labels: 'env', target_label: 'x' }),
      says: 'rules[0].source_labels: it must be a list of label names',
    },
    {
      title: 'an empty source label',
      rule: wrong({ source_labels: [''], target_label: 'x' }),
      says: 'rules[0].source_labels: "" is not a valid label name',
    },
    {
      title: 'replace without a target',
      rule: wrong({ source_labels: ['a'] }),
      says: "rules[0].target_label: relabel configuration for replace action requires 'target_label' value",
    },
  ])('refuses $title', ({ rule, says }) => {
    const compile = (): unknown => relabeler([rule])
    expect(compile).toThrow(says)
    expect(compile).toThrow(expect.objectContaining({ code: 'ERR_RELABEL_RULE', rule: 0 }))
  })
})
