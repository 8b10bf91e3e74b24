import { describe, expect, it } from 'vitest'
import type { ListKind, SdForm } from '../../../src/scrape/index.js'
import { group, jobWith, rules, Stage } from '../jobs.js'

/** Three targets: two with equal labels, one with an `instance` of its own; all with a path. */
function staged(): (kind: ListKind, form: Partial<SdForm>) => unknown {
  const stage = new Stage([
    jobWith({
      metrics_path: '/m',
      relabel_configs: rules(
        {
          source_labels: ['__address__'],
          regex: 'c:1',
          target_label: 'instance',
          replacement: 'named',
        },
        {
          source_labels: ['__address__'],
          regex: 'c:1',
          target_label: 'a.b',
          replacement: 'dotted',
        },
      ),
    }),
  ])
  stage.discover('job', group('g', ['a:1', 'b:1', 'c:1']))
  return (kind, { form = 'groups', settings = false }) => {
    const list = stage.manager.pool('job')?.list(kind, { form, settings }) ?? []
    return JSON.parse(`[${[...list].join(',')}]`)
  }
}

const seeded = { __metrics_path__: '/m', __scheme__: 'http', job: 'job' }
const settings = { __scrape_interval__: '1m', __scrape_timeout__: '10s' }

describe('an http_sd answer', () => {
  it.each<[string, ListKind, Partial<SdForm>, unknown]>([
    [
      'has a group for each target',
      'relabeled',
      { form: 'single' },
      [
        { targets: ['a:1'], labels: { ...seeded, instance: 'a:1' } },
        { targets: ['b:1'], labels: { ...seeded, instance: 'b:1' } },
        { targets: ['c:1'], labels: { ...seeded, instance: 'named', 'a.b': 'dotted' } },
      ],
    ],
    [
      'puts targets with equal labels in one group, without an instance that is the address',
      'relabeled',
      { form: 'groups' },
      [
        { targets: ['a:1', 'b:1'], labels: seeded },
        { targets: ['c:1'], labels: { ...seeded, instance: 'named', 'a.b': 'dotted' } },
      ],
    ],
    [
      'has the interval and the timeout where they are asked for',
      'relabeled legacy',
      { form: 'groups', settings: true },
      [
        { targets: ['a:1', 'b:1'], labels: { ...seeded, ...settings } },
        { targets: ['c:1'], labels: { ...seeded, ...settings, instance: 'named' } },
      ],
    ],
    [
      'has no labels that begin with __ where it is plain',
      'relabeled',
      { form: 'plain', settings: true },
      [
        { targets: ['a:1'], labels: { job: 'job', instance: 'a:1' } },
        { targets: ['b:1'], labels: { job: 'job', instance: 'b:1' } },
        { targets: ['c:1'], labels: { job: 'job', instance: 'named', 'a.b': 'dotted' } },
      ],
    ],
    [
      'has whole URLs',
      'relabeled',
      { form: 'url' },
      [
        { targets: ['http://a:1/m'], labels: { job: 'job', instance: 'a:1' } },
        { targets: ['http://b:1/m'], labels: { job: 'job', instance: 'b:1' } },
        { targets: ['http://c:1/m'], labels: { job: 'job', instance: 'named', 'a.b': 'dotted' } },
      ],
    ],
    [
      'puts what is not relabeled yet in groups, too',
      'raw',
      { form: 'groups' },
      [{ targets: ['a:1', 'b:1', 'c:1'], labels: seeded }],
    ],
  ])('%s', (_, kind, form, expected) => {
    expect(staged()(kind, form)).toEqual(expected)
  })
})
