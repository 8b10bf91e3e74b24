import { describe, expect, it } from 'vitest'
import type { Labels } from '../../src/labels/index.js'
import { compileMatch } from '../../src/relabel/index.js'
import { JobJudge } from '../../src/scrape/judgement.js'
import { MetricJudge } from '../../src/scrape/metric-judgement.js'
import { group, jobWith, rules } from './jobs.js'

const place = (line: number) => ({ file: 'p.yml', line, column: 5, path: '' })

const job = jobWith({
  relabel_configs: rules(
    { action: 'labelmap', regex: '__meta_(.+)' },
    { action: 'drop', source_labels: ['env'], regex: 'test' },
    { source_labels: ['path'], regex: '(.+)', target_label: '__metrics_path__' },
    { action: 'keepequal', source_labels: ['want'], target_label: 'have' },
  ),
  rule_places: [3, 4, 5, 6].map(place),
  params: { module: ['http', 'x'] },
})

function judged(labels: Labels): unknown {
  const judge = new JobJudge(job)
  const one = judge.target(labels)
  const verdict = one.verdict()
  if (verdict.kind === 'active') {
    return [judge.publicLabels(verdict.labels), judge.scrapeUrl(verdict.labels)]
  }
  const rule = one.droppedBy()
  return verdict.kind === 'failed' ? verdict.fault : [verdict.kind, rule?.number, rule?.place?.line]
}

describe('a discovered target', () => {
  it.each([
    [
      'is active with its public labels and URL',
      { __address__: 'a:1', __meta_team: 'x', __meta_path: '/probe' },
      [
        { instance: 'a:1', job: 'job', path: '/probe', team: 'x' },
        'http://a:1/probe?module=http&module=x',
      ],
    ],
    ['is dropped by a rule with a place', { __address__: 'a:1', env: 'test' }, ['dropped', 2, 4]],
    ['is dropped by a later rule', { __address__: 'a:1', want: 'y' }, ['dropped', 4, 6]],
    ['fails without an address', { env: 'prod' }, 'no address'],
    [
      'keeps its own job and parameter',
      { __address__: 'a:1', job: 'own', __param_module: 'icmp' },
      [{ instance: 'a:1', job: 'own' }, 'http://a:1/metrics?module=icmp&module=x'],
    ],
  ] as const)('%s', (_, labels, expected) => {
    expect(judged(labels)).toEqual(expected)
  })

  it('matches the conditions of the rules that it gets to', () => {
    const matches = job.relabel_configs.map(compileMatch)
    const matching = (labels: Labels) => new JobJudge(job).target(labels).matching(0, matches)
    expect(matching({ __address__: 'a:1', __meta_path: '/x' })).toEqual([0, 2, 3])
    expect(matching({ __address__: 'a:1', want: 'y', have: 'y' })).toEqual([3])
    expect(matching({ __address__: 'a:1', __meta_env: 'test' })).toEqual([0, 1])
  })

  it('matches only the conditions that are asked for', () => {
    const [, second] = job.relabel_configs.map(compileMatch)
    const one = new JobJudge(job).target({ __address__: 'a:1', env: 'test' })
    expect(one.matching(0, [undefined, second])).toEqual([1])
    expect(one.matching(0, [])).toEqual([])
  })

  it('is judged with the labels of its group', () => {
    const judge = new JobJudge(job)
    const both = judge.group(
      group('s', ['a:1', { __address__: 'b:1', env: 'prod' }], { env: 'test' }),
    )
    expect([both.size, both.verdict(0).kind, both.verdict(1).kind]).toEqual([
      2,
      'dropped',
      'active',
    ])
    expect(both.droppedBy(0)?.number).toBe(2)
    expect(both.droppedBy(1)).toBeUndefined()
    expect(both.discovered(0)).toMatchObject({ env: 'test', job: 'job' })
  })

  it('is explained rule by rule, with nothing left once a rule has dropped it', () => {
    const explained = new JobJudge(job).target({ __address__: 'a:1', __meta_env: 'test' }).explain()
    if (explained.kind === 'failed') throw new Error(explained.fault)
    expect(explained.steps.map(({ keep }) => keep)).toEqual([true, false, false, false])
    expect(explained.steps[0]?.output).toMatchObject({ env: 'test', __meta_env: 'test' })
    expect(explained.steps[1]?.output).toEqual({})
  })

  it('takes the last of several labels that a labelmap makes one, in the explanation as well', () => {
    // The label of the group comes after those of the target, whatever their names are.
    const mapped = jobWith({
      relabel_configs: rules({ action: 'labelmap', regex: '[bz]_(x)', replacement: 'x' }),
    })
    const one = new JobJudge(mapped).group(
      group('s', [{ __address__: 'a:1', z_x: 'target' }], { b_x: 'group' }),
    )
    const verdict = one.verdict()
    if (verdict.kind !== 'active') throw new Error(verdict.kind)
    const made = new JobJudge(mapped).publicLabels(verdict.labels)
    const explained = one.explain()
    expect(made).toMatchObject({ x: 'group' })
    expect(explained).toMatchObject({ steps: [{ output: { x: 'group' } }] })
  })

  it('fails with labels that are too long, and no rule is named', () => {
    const judge = new JobJudge(jobWith({ relabel_configs: rules({ action: 'drop', regex: 'x' }) }))
    const one = judge.target({ __address__: 'a:1', ['n'.repeat(20_000_000)]: 'x' })
    expect([one.verdict().kind, one.droppedBy(), one.explain().kind]).toEqual([
      'failed',
      undefined,
      'failed',
    ])
  })

  it('is heavy where rules may not do as much as they would', () => {
    const slow = jobWith({
      relabel_configs: rules({ action: 'drop', source_labels: ['a'], regex: '(x+x+)+y' }),
    })
    const one = new JobJudge(slow, { limit: 10 }).target({
      __address__: 'a:1',
      a: 'x'.repeat(5000),
    })
    expect([one.verdict().kind, one.droppedBy()]).toEqual(['heavy', undefined])
  })
})

describe('a sample', () => {
  const judge = new MetricJudge({
    metric_relabel_configs: rules(
      { action: 'drop', source_labels: ['__name__'], regex: 'go_.*' },
      { action: 'labeldrop', regex: 'pod|__name' },
      { source_labels: ['rename'], regex: '(.+)', target_label: '__name__' },
      { action: 'labeldrop', regex: 'only|gone' },
    ),
    metric_rule_places: [8, 9, 10, 11].map(place),
    metric_name_validation_scheme: 'legacy',
  })

  it.each([
    ['is kept', { __name__: 'up', pod: 'p' }, { kind: 'kept', labels: { __name__: 'up' } }],
    ['is dropped by a rule', { __name__: 'go_gc' }, { kind: 'dropped' }],
    ['is dropped without any label', { only: 'x' }, { kind: 'dropped' }],
    [
      'fails the scrape without a name',
      { a: 'b' },
      { kind: 'failed', fault: 'missing metric name (__name__ label)' },
    ],
    [
      'fails the scrape with a name that is not valid',
      { __name__: 'up', rename: 'a-b' },
      {
        kind: 'failed',
        fault: 'invalid metric name or label names: {__name__="a-b", rename="a-b"}',
      },
    ],
  ] as const)('%s', (_, labels, expected) => {
    expect(judge.verdict(labels)).toEqual(expected)
  })

  it('names the rule that drops it', () => {
    expect(judge.droppedBy({ __name__: 'go_gc' })).toMatchObject({ number: 1, place: { line: 8 } })
    expect(judge.droppedBy({ only: 'x' })).toBeUndefined()
  })
})
