import { describe, expect, it } from 'vitest'
import { Registry } from 'prom-client'
import { loadConfig } from '../../src/config/index.js'
import type { TargetGroup } from '../../src/discovery/index.js'
import { fingerprint } from '../../src/discovery/provider/fingerprint.js'
import { builtInMechanisms } from '../../src/mechanisms/index.js'
import { beyondLimits, parseLimit, type Plan, planFromSnapshot } from '../../src/plan/index.js'
import type { PlannedConfig } from '../../src/plan/index.js'
import { sectionOf, type SnapshotEvent } from '../../src/snapshot/index.js'
import { Turns } from '../../src/waiting/turns.js'

const given = { registry: new Registry(), env: {}, userAgent: 'test' }
const mechanisms = [...builtInMechanisms(given)]

function load(text: string, file = 'new.yml'): ReturnType<typeof loadConfig> {
  return loadConfig(file, { mechanisms, readFile: () => Promise.resolve(Buffer.from(text)) })
}

/** A snapshot in which each provider of these configs has the groups that are given for its set. */
async function* snapshotOf(
  configs: readonly PlannedConfig[],
  groups: Readonly<Record<string, readonly TargetGroup[]>>,
): AsyncGenerator<SnapshotEvent> {
  yield { kind: 'header', header: { by: 'test', at: '', redacted: [] } }
  const seen = new Set<string>()
  for (const config of configs) {
    const sets = [
      ...config.jobs.map((job) => ['scrape', job.job_name, job.discovery] as const),
      ...config.alerting.alertmanagers.map(
        (one, i) => ['notify', `config-${String(i)}`, one.discovery] as const,
      ),
    ]
    for (const [manager, set, sources] of sets) {
      for (const source of sources) {
        const name = `${manager}${fingerprint(source)}`
        if (seen.has(name) || groups[set] === undefined) continue
        seen.add(name)
        yield { kind: 'section', section: sectionOf(manager, `p/${set}`, source, [set]) }
        for (const group of groups[set]) yield { kind: 'group', group }
      }
    }
  }
}

interface Case {
  readonly before: string
  readonly after: string
  readonly groups?: Readonly<Record<string, readonly TargetGroup[]>>
}

async function planOf({ before, after, groups = {} }: Case): Promise<Plan> {
  const [old, now] = [await load(before, 'old.yml'), await load(after)]
  const events = snapshotOf([old, now], groups)
  return planFromSnapshot({ before: old, after: now, events, turns: new Turns() })
}

const webs: readonly TargetGroup[] = [
  {
    source: 'web',
    labels: { __meta_consul_service: 'web' },
    targets: [
      { __address__: 'a:1', __meta_consul_node: 'n1', env: 'prod' },
      { __address__: 'b:1', __meta_consul_node: 'n2', env: 'test' },
      { __address__: 'c:1', __meta_consul_node: 'n3', env: 'prod' },
    ],
  },
]
const job = (name: string, ...lines: readonly string[]): string =>
  [
    `- job_name: ${name}`,
    ...(lines.some((line) => line.includes('_configs:') && line.startsWith('consul'))
      ? []
      : ['  consul_sd_configs: [{server: "consul:8500"}]']),
    ...lines.map((line) => `  ${line}`),
  ].join('\n')
const config = (...jobs: readonly string[]): string => `scrape_configs:\n${jobs.join('\n')}\n`
const rules = (...list: readonly string[]): string => `relabel_configs: [${list.join(', ')}]`

function alerting(...lines: readonly string[]): string {
  return [
    'alerting:',
    '  alertmanagers:',
    '  - consul_sd_configs: [{server: "consul:8500"}]',
    ...lines.map((line) => `    ${line}`),
    '',
  ].join('\n')
}

describe('a plan', () => {
  it('is empty for a config that stays as it is, wherever its lines stand', async () => {
    const after = `\n# moved\n${config(job('a', rules('{regex: x, action: labeldrop}')))}`
    const before = config(job('a', rules('{regex: x, action: labeldrop}')))
    expect(await planOf({ before, after, groups: { a: webs } })).toMatchObject({
      jobs: [],
      unchangedJobs: 1,
      unknown: [],
    })
  })

  it('names the rule and its place of a target that goes', async () => {
    const before = config(job('a'))
    const after = config(job('a', rules('{source_labels: [env], regex: prod, action: keep}')))
    const { jobs, totals } = await planOf({ before, after, groups: { a: webs } })
    expect(totals).toMatchObject({ removed: 1, added: 0 })
    const by = { rule: 1, config: 'after', place: 'new.yml:4:21' }
    expect(jobs).toMatchObject([
      {
        job: 'a',
        kind: 'changed',
        before: 3,
        after: 2,
        same: 2,
        removedBy: [{ by, targets: 1 }],
        removed: [
          {
            labels: { env: 'test', instance: 'b:1', job: 'a' },
            scrapeUrl: 'http://b:1/metrics',
            reason: { kind: 'dropped', by },
          },
        ],
      },
    ])
  })

  it('names the rule of the old config that kept a target away', async () => {
    const before = config(job('a', rules('{source_labels: [env], regex: prod, action: keep}')))
    const after = config(job('a'))
    const { jobs } = await planOf({ before, after, groups: { a: webs } })
    expect(jobs[0]?.added).toMatchObject([
      {
        scrapeUrl: 'http://b:1/metrics',
        before: { kind: 'dropped', by: { rule: 1, config: 'before', place: 'old.yml:4:21' } },
      },
    ])
  })

  it('says which labels change, from what to what, and by which rule', async () => {
    const before = config(job('a', rules('{target_label: team, replacement: one}')))
    const after = config(
      job(
        'a',
        rules('{regex: nothing, action: labeldrop}', '{target_label: team, replacement: two}'),
      ),
    )
    const { jobs, totals } = await planOf({ before, after, groups: { a: webs } })
    expect(totals).toMatchObject({ relabelled: 3, asked: 0, removed: 0, added: 0 })
    expect(jobs[0]?.changed[0]?.changes).toMatchObject([
      { label: 'team', before: 'one', after: 'two', by: { rule: 2, config: 'after' } },
    ])
  })

  it('says which old rule made a label that is gone', async () => {
    const before = config(job('a', rules('{target_label: team, replacement: one}')))
    const { jobs } = await planOf({ before, after: config(job('a')), groups: { a: webs } })
    expect(jobs[0]?.changed[0]?.changes).toEqual([
      {
        label: 'team',
        before: 'one',
        after: null,
        by: { rule: 1, config: 'before', place: 'old.yml:4:21' },
      },
    ])
  })

  it('tells targets that are asked in another way from those with other labels', async () => {
    const before = config(job('a', 'scrape_interval: 10s'))
    const after = config(job('a', 'scrape_interval: 30s', 'metrics_path: /m'))
    const { jobs, totals } = await planOf({ before, after, groups: { a: webs } })
    expect(totals).toMatchObject({ relabelled: 0, asked: 3 })
    expect(jobs[0]?.settings).toEqual([
      { key: 'scrape_interval', before: '10s', after: '30s' },
      { key: 'metrics_path', before: '/metrics', after: '/m' },
    ])
  })

  it('sees further values of a parameter, which are in no label', async () => {
    const before = config(job('a', 'params: {m: [x, y]}'))
    const after = config(job('a', 'params: {m: [x, z]}'))
    const { jobs, totals } = await planOf({ before, after, groups: { a: webs } })
    expect(totals).toMatchObject({ relabelled: 0, asked: 3 })
    expect(jobs[0]?.changed[0]?.after.scrapeUrl).toBe('http://a:1/metrics?m=x&m=z')
  })

  it('shows another secret beside what else changes', async () => {
    const before = config(job('a', 'authorization: {credentials: hunter2}'))
    const after = config(job('a', 'authorization: {credentials: hunter3}', 'metrics_path: /m'))
    const plan = await planOf({ before, after, groups: { a: webs } })
    expect(plan.jobs[0]?.settings).toEqual([
      { key: 'metrics_path', before: '/metrics', after: '/m' },
      { key: 'credentials', before: '<secret>', after: 'another <secret>' },
    ])
  })

  it('shows another kind of credentials, and never the secret', async () => {
    const before = config(job('a', 'basic_auth: {username: u, password: hunter2}'))
    const after = config(job('a', 'authorization: {credentials: hunter3}'))
    const plan = await planOf({ before, after, groups: { a: webs } })
    expect(plan.jobs[0]?.settings.map(({ key }) => key)).toEqual(['basic_auth', 'authorization'])
    expect(JSON.stringify(plan)).not.toContain('hunter')
  })

  it('says that a secret is another one', async () => {
    const before = config(job('a', 'basic_auth: {username: u, password: hunter2}'))
    const after = config(job('a', 'basic_auth: {username: u, password: hunter3}'))
    const plan = await planOf({ before, after, groups: { a: webs } })
    expect(plan.jobs[0]?.settings).toEqual([
      { key: 'credentials', before: '<secret>', after: 'another <secret>' },
    ])
  })

  it('has jobs that come and go', async () => {
    const groups = { a: webs }
    const { jobs, totals } = await planOf({
      before: config(job('a')),
      after: config(job('b', 'metrics_path: /other')),
      groups,
    })
    expect(jobs).toMatchObject([
      { job: 'a', kind: 'gone', before: 3, after: 0 },
      { job: 'b', kind: 'new', before: 0, after: 3 },
    ])
    expect(totals).toMatchObject({ added: 3, removed: 3, moved: 0 })
  })

  it('finds targets that move to another job, from whatever provider they come there', async () => {
    const { moved, totals, jobs } = await planOf({
      before: config(job('a'), job('b')),
      after: config(
        job('a', rules('{source_labels: [env], regex: test, action: drop}')),
        job('b'),
        `- {job_name: c, static_configs: [{targets: ['b:1']}]}`,
      ),
      groups: { a: webs },
    })
    expect(totals).toMatchObject({ added: 0, removed: 0, moved: 1 })
    expect(moved).toMatchObject([{ from: 'a', to: 'c', after: { labels: { job: 'c' } } }])
    expect(jobs.map((one) => one.job)).toEqual(['a', 'c'])
  })

  it('does not take a target for gone that another group has as well', async () => {
    const twice = [
      { source: '1', labels: { from: 'x' }, targets: [{ __address__: 'a:1' }] },
      { source: '2', labels: { from: 'y' }, targets: [{ __address__: 'a:1' }] },
    ]
    const forget = '{regex: from, action: labeldrop}'
    const before = config(job('a', rules(forget)))
    const after = config(job('a', rules('{source_labels: [from], regex: x, action: drop}', forget)))
    const { jobs } = await planOf({ before, after, groups: { a: twice } })
    expect(jobs).toEqual([])
  })

  it('says why a target cannot be made any more', async () => {
    const after = config(job('a', rules('{target_label: __address__, replacement: "x/y"}')))
    const { jobs } = await planOf({ before: config(job('a')), after, groups: { a: webs } })
    expect(jobs[0]).toMatchObject({ failing: { before: 0, after: 3 } })
    expect(jobs[0]?.removed[0]?.reason).toEqual({
      kind: 'failed',
      fault: '"x/y" is not a valid hostname',
    })
  })

  it('names a provider that the snapshot does not have, and the one that asks for something else', async () => {
    const after = config(job('a', `consul_sd_configs: [{server: "consul:8500", tags: [x]}]`))
    const { unknown, jobs } = await planOf({
      before: config(job('a')),
      after,
      groups: { a: webs },
    })
    // The helper gives groups to both providers; here only the old one has them.
    expect(unknown).toEqual([])
    expect(jobs[0]?.settings[0]).toEqual({ key: 'consul_sd_configs', before: '…', after: '…' })
    const [old, now] = [await load(config(job('a'))), await load(after)]
    const plan = await planFromSnapshot({
      before: old,
      after: now,
      events: snapshotOf([old], { a: webs }),
      turns: new Turns(),
    })
    expect(plan.unknown).toMatchObject([
      {
        config: 'after',
        mechanism: 'consul',
        sets: ['a'],
        near: { sets: ['a'], differs: ['tags'] },
      },
    ])
    expect(plan.jobs[0]?.unknown).toEqual(['consul: the snapshot does not have it'])
  })

  it('compares Alertmanagers by their URLs', async () => {
    const { alertmanagers } = await planOf({
      before: alerting(),
      after: alerting(rules('{source_labels: [env], regex: test, action: drop}'), 'timeout: 3s'),
      groups: { 'config-0': webs },
    })
    expect(alertmanagers).toMatchObject([
      {
        section: 'config-0',
        kind: 'changed',
        before: 3,
        after: 2,
        settings: [{ key: 'timeout', before: '10s', after: '3s' }],
        added: [],
        removed: [
          {
            url: 'http://b:1/api/v2/alerts',
            reason: { kind: 'dropped', by: { rule: 1, place: 'new.yml:4:23' } },
          },
        ],
      },
    ])
  })
})

describe('limits of a plan', () => {
  const plan = {
    jobs: [
      { job: 'a', before: 100, counts: { removed: 6, added: 0 } },
      { job: 'b', before: 0, counts: { removed: 0, added: 50 } },
    ],
  } as unknown as Plan
  const rows = [
    ['5%', [], 1],
    ['6%', [], 0],
    ['5', [], 1],
    ['6', [], 0],
    ['0%', ['a'], 0],
    ['0', ['a'], 0],
  ] as const
  it.each(rows)('--max-removed %s, with %j allowed, is exceeded %i times', (text, allow, times) => {
    const maxRemoved = parseLimit(text)
    if (maxRemoved === undefined) throw new Error('unreadable')
    expect(beyondLimits(plan, { maxRemoved, allowed: new Set(allow) })).toHaveLength(times)
  })

  it.each(['', '-1', '5 %', '101%', '1e3', '%'])('cannot be %j', (text) => {
    expect(parseLimit(text)).toBeUndefined()
  })
})
