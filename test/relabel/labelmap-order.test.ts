import { describe, expect, it } from 'vitest'
import type { Labels } from '../../src/labels/index.js'
import { Relabeler, type RelabelRule, relabelRule } from '../../src/relabel/index.js'
import { CompiledJob } from '../../src/scrape/targets/compiled-job.js'
import { group, jobWith } from '../scrape/jobs.js'

const map = (regex: string): RelabelRule =>
  relabelRule({ action: 'labelmap', regex, replacement: 'winner' })
const set = (target_label: string, replacement: string): RelabelRule =>
  relabelRule({ target_label, replacement })

describe('labelmap takes the last of several labels, in the order of Prometheus', () => {
  it.each<{
    title: string
    rules: readonly RelabelRule[]
    labels: Labels
    base?: number
    winner: string
  }>([
    {
      title: 'by name, for labels that relabelling starts with',
      rules: [map('a|b|c')],
      labels: { c: 'C', a: 'A', b: 'B' },
      winner: 'C',
    },
    {
      title: 'as they were set, for the others',
      rules: [map('a|b|c')],
      labels: { c: 'C', b: 'B', a: 'A' },
      base: 0,
      winner: 'A',
    },
    {
      title: 'what was set after what it starts with',
      rules: [map('a|b|c')],
      labels: { c: 'C', b: 'B', a: 'A' },
      base: 2,
      winner: 'A',
    },
    {
      title: 'what a rule set comes last',
      rules: [set('a', 'A'), map('a|b')],
      labels: { b: 'B' },
      winner: 'A',
    },
    {
      title: 'of two that rules set, the later one',
      rules: [set('b', 'B'), set('a', 'A'), map('a|b')],
      labels: {},
      winner: 'A',
    },
    {
      title: 'a label that is set again keeps its place',
      rules: [set('a', 'A'), map('a|b')],
      labels: { a: 'x', b: 'B' },
      base: 0,
      winner: 'B',
    },
    {
      title: 'but not one that it starts with, though the value is the same',
      rules: [set('a', 'A'), map('a|b')],
      labels: { a: 'A', b: 'B' },
      winner: 'A',
    },
    {
      title: 'one that is removed and set again comes last',
      rules: [set('a', ''), set('a', 'A'), map('a|b')],
      labels: { a: 'x', b: 'B' },
      base: 0,
      winner: 'A',
    },
    {
      title: 'one that labeldrop removed and a rule set again comes last',
      rules: [
        set('c', 'C'),
        set('d', 'D'),
        relabelRule({ action: 'labeldrop', regex: 'c' }),
        set('c', 'again'),
        map('c|d'),
      ],
      labels: {},
      winner: 'again',
    },
    {
      title: 'what a labelmap made comes after what was there, in the order of its sources',
      rules: [
        relabelRule({ action: 'labelmap', regex: 'x_(.+)' }),
        relabelRule({ action: 'labelmap', regex: 'a|z|own', replacement: 'winner' }),
      ],
      labels: { x_z: 'Z', x_a: 'A', own: 'O' },
      base: 0,
      winner: 'A',
    },
    {
      title: 'what rules set under names that a value gives, however long',
      rules: [
        relabelRule({ source_labels: ['name'], target_label: 'x_$1', replacement: 'long' }),
        set('x_b', 'B'),
        relabelRule({ action: 'labelmap', regex: 'x_.*', replacement: 'winner' }),
      ],
      labels: { name: 'n'.repeat(5000) },
      winner: 'B',
    },
  ])('$title', ({ rules, labels, base, winner }) => {
    const relabeler = new Relabeler(rules)
    // The second time nothing may be left of the first.
    for (let i = 0; i < 3; i += 1) expect(relabeler.apply(labels, base)).toMatchObject({ winner })
  })

  it.each<{ title: string; rules?: readonly RelabelRule[]; regex: string; winner: string }>([
    { title: 'its group after the target', regex: '__address__|a', winner: 'group a' },
    { title: 'the job after its group', regex: 'job|zone', winner: 'job' },
    {
      title: 'the defaults of the job one after the other',
      regex: 'job|__scheme__|__metrics_path__',
      winner: 'http',
    },
    { title: 'a param after all of them', regex: '__param_a|__scheme__', winner: 'p' },
    {
      title: 'a default that the group has empty after the other labels of the group',
      regex: '__metrics_path__|zone',
      winner: '/metrics',
    },
    {
      title: 'and the defaults after it',
      regex: '__metrics_path__|__scheme__',
      winner: 'http',
    },
    {
      title: 'what a rule set after everything',
      rules: [set('first', 'rule')],
      regex: 'first|__param_a',
      winner: 'rule',
    },
  ])('of a target: $title', ({ rules = [], regex, winner }) => {
    const job = new CompiledJob(
      jobWith({ relabel_configs: [...rules, map(regex)], params: { a: ['p'] } }),
    )
    const found = group('g', ['h:1'], { zone: 'Z', a: 'group a', __metrics_path__: '' })
    const result = job.labelsOf(found).relabeled(0)
    if (result.kind !== 'active') throw new Error(`the target is ${result.kind}`)
    const { list, values } = result.labels
    expect(list.labels(values)).toMatchObject({ winner })
  })
})
