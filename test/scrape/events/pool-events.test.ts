import { afterEach, describe, expect, it } from 'vitest'
import type { ScrapeJob } from '../../../src/scrape/index.js'
import { group, jobWith, rules } from '../jobs.js'
import { Rig, targetEvent } from './rig.js'

const dropTest = rules({ source_labels: ['__meta_env'], regex: 'test', action: 'drop' })
const asEnv = rules({ source_labels: ['__meta_env'], target_label: 'env' })
const prod = { __meta_env: 'prod' }
const test = { __meta_env: 'test' }

const place = (line: number) => ({ file: 'p.yml', line, column: 9, path: '' })

const rigs: Rig[] = []
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.stop()
})

function rigOf(job: Partial<ScrapeJob> = {}, capacity?: number): Rig {
  const rig = new Rig([jobWith(job)], capacity)
  rigs.push(rig)
  return rig
}

describe('the events of a pool', () => {
  it('say all there is to say about a target', () => {
    const rig = rigOf({ relabel_configs: dropTest, rule_places: [place(5)] })
    rig.stage.discover('job', group('file/0/f', ['a:1'], prod), group('file/0/g', ['b:1'], test))
    const defaults = {
      __metrics_path__: '/metrics',
      __scheme__: 'http',
      __scrape_interval__: '1m',
      __scrape_timeout__: '10s',
      job: 'job',
    }
    const head = { manager: 'scrape', set: 'job', provider: 'file/0', cause: 'answer' }
    const [a, b] = [{ __address__: 'a:1' }, { __address__: 'b:1' }]
    expect(rig.facts()).toEqual([
      {
        id: 1_000_000,
        at: '1970-01-01T00:00:01.000Z',
        kind: 'added',
        ...head,
        address: 'a:1',
        labels: { ...defaults, ...a, instance: 'a:1' },
      },
      {
        id: 1_000_001,
        at: '1970-01-01T00:00:01.000Z',
        kind: 'dropped',
        ...head,
        address: 'b:1',
        discoveredLabels: { ...defaults, ...b, ...test },
        rule: { number: 1, action: 'drop', place: 'p.yml:5:9' },
      },
    ])
  })

  it.each([
    {
      name: 'a group that goes',
      next: ['g'],
      news: ['removed a:1', 'removed b:1'],
    },
    {
      name: 'a target that comes, and one that goes',
      next: [group('g', ['b:1', 'c:1'], prod)],
      news: ['removed a:1', 'added c:1'],
    },
    {
      name: 'a target with other labels',
      next: [group('g', ['a:1', { __address__: 'b:1', __meta_env: 'dev' }], prod)],
      news: ['changed b:1 env=prod->dev'],
    },
    {
      name: 'nothing where only labels change that no target keeps',
      next: [group('g', ['a:1', { __address__: 'b:1', __meta_x: 'y' }], prod)],
      news: [],
    },
    {
      name: 'an active target that a rule drops now, once',
      next: [group('g', ['a:1', { __address__: 'b:1', __meta_env: 'test' }], prod)],
      news: ['dropped b:1 (was active) by rule 1'],
    },
    {
      name: 'an active target that cannot be made any more, once',
      next: [group('g', ['a:1', { __address__: 'b:1', __scrape_interval__: 'x' }], prod)],
      news: [
        'failed b:1 (was active) error parsing scrape interval: not a valid duration string: "x"',
      ],
    },
    {
      name: 'nothing where a target moves to another group',
      next: [group('g', ['a:1'], prod), group('h', ['b:1'], prod)],
      news: [],
    },
    {
      name: 'nothing where the groups before change places',
      next: [group('h', ['a:1', 'b:1'], prod), 'g'],
      news: [],
    },
    {
      name: 'nothing where another group has the target too',
      next: [group('h', ['a:1'], prod)],
      news: [],
    },
  ])('show $name', ({ next, news }) => {
    const rig = rigOf({ relabel_configs: [...dropTest, ...asEnv] })
    rig.stage.discover('job', group('g', ['a:1', 'b:1'], prod))
    expect(rig.news()).toEqual(['added a:1', 'added b:1'])
    rig.stage.discover('job', ...next)
    expect(rig.news()).toEqual(news)
  })

  it('name a target of two groups as removed when the last lets it go', () => {
    const rig = rigOf()
    rig.stage.discover('job', group('g', ['a:1']), group('h', ['a:1']))
    expect(rig.news()).toEqual(['added a:1'])
    rig.stage.discover('job', 'g')
    expect(rig.news()).toEqual([])
    rig.stage.discover('job', 'h')
    expect(rig.news()).toEqual(['removed a:1'])
  })

  it('tell once of what stays dropped or failing', () => {
    const rig = rigOf({ relabel_configs: dropTest })
    const first = [{ __address__: 'a:1', ...test }, 'bad/host']
    rig.stage.discover('job', group('g', first))
    const news = ['dropped a:1 by rule 1', 'failed bad/host "bad/host" is not a valid hostname']
    expect(rig.news()).toEqual(news)
    rig.stage.discover('job', group('g', [...first, 'c:1']))
    expect(rig.news()).toEqual(['added c:1'])
    rig.stage.discover('job', group('g', [{ __address__: 'a:1', ...prod }, 'bad/host', 'c:1']))
    expect(rig.news()).toEqual(['added a:1'])
  })

  it('tell what other rules make of the same targets', () => {
    const rig = rigOf({ relabel_configs: asEnv })
    rig.stage.discover('job', group('g', ['a:1', 'b:1'], prod), group('h', ['c:1'], test))
    rig.news()
    rig.stage.configure([jobWith({ relabel_configs: [...asEnv, ...dropTest] })])
    expect(rig.news()).toEqual(['dropped c:1 (was active) by rule 2 reload'])
    const asStage = rules({ source_labels: ['__meta_env'], target_label: 'stage' })
    rig.stage.configure([jobWith({ relabel_configs: asStage })])
    expect(rig.news()).toEqual([
      'changed a:1 env=prod-> stage=->prod reload',
      'changed b:1 env=prod-> stage=->prod reload',
      'added c:1 reload',
    ])
    rig.stage.configure([jobWith({ relabel_configs: asStage, target_limit: 1 })])
    expect(rig.news()).toEqual([])
  })

  it('tell what a reload does to rules and groups at once', () => {
    const rig = rigOf()
    const g = group('g', ['a:1', 'b:1'])
    rig.stage.discover('job', g, group('h', ['c:1', 'd:1'], test))
    rig.news()
    const relabel_configs = rules({ source_labels: ['__address__'], regex: 'c.*', action: 'drop' })
    const prepared = rig.stage.manager.prepare([jobWith({ relabel_configs })])
    const i = group('i', ['b:1', 'c:2', 'e:1'])
    rig.scrape.next(targetEvent('job', 'reload', g, undefined))
    rig.scrape.next(targetEvent('job', 'restored', undefined, i))
    rig.stage.commitSets({ job: ['g', i] })
    prepared.commit()
    expect(rig.news()).toEqual([
      'removed a:1 reload',
      'removed b:1 reload',
      'dropped c:1 (was active) by rule 1 reload',
      'dropped c:2 by rule 1 restored',
      'added b:1 restored',
      'added e:1 restored',
    ])
  })

  it('name the place of a rule as the latest config has it', () => {
    const relabel_configs = dropTest
    const rig = rigOf({ relabel_configs, rule_places: [place(5)] })
    rig.stage.discover('job', group('g', ['a:1']))
    rig.stage.configure([jobWith({ relabel_configs, rule_places: [place(7)] })])
    rig.stage.discover('job', group('g', ['a:1', 'b:1'], test))
    expect(rig.facts().at(-1)?.rule?.place).toBe('p.yml:7:9')
  })

  it('name all targets of a job that goes', () => {
    const rig = rigOf()
    rig.stage.discover('job', group('g', ['a:1']), group('h', ['a:1', 'b:1']))
    rig.news()
    rig.stage.configure([])
    expect(rig.news()).toEqual(['removed a:1 reload', 'removed b:1 reload'])
  })

  it.each(['reload', 'restored', 'expired', 'released'] as const)(
    'give the cause that discovery gave: %s',
    (cause) => {
      const rig = rigOf()
      const [g, h] = [group('g', ['a:1']), group('h', ['b:1'])]
      rig.scrape.next(targetEvent('job', cause, undefined, g))
      rig.stage.discover('job', g, h)
      expect(rig.news()).toEqual([`added a:1 ${cause}`, 'added b:1'])
      rig.stage.discover('job', 'g')
      expect(rig.news()).toEqual(['removed a:1'])
    },
  )

  it('give the last cause, where several changes reach the pool as one', () => {
    const rig = rigOf()
    const g = group('g', ['a:1'])
    rig.scrape.next(targetEvent('job', 'restored', undefined, g))
    rig.scrape.next(targetEvent('job', 'answer', g, g))
    rig.stage.discover('job', g)
    expect(rig.news()).toEqual(['added a:1'])
  })

  it('name targets that only the guard keeps', () => {
    const rig = rigOf()
    rig.scrape.next(
      targetEvent('job', 'held', group('g', ['a:1', 'b:1'], prod), group('g', ['b:1'])),
    )
    expect(rig.facts()).toMatchObject([
      {
        kind: 'held',
        cause: 'held',
        address: 'a:1',
        discoveredLabels: { __address__: 'a:1', __meta_env: 'prod' },
      },
    ])
  })

  it('name Alertmanagers as discovery sees them', () => {
    const rig = rigOf()
    rig.notify.next(targetEvent('config-0', 'answer', group('g', ['a:1']), group('g', ['b:1'])))
    rig.notify.next(targetEvent('config-0', 'held', group('g', ['b:1']), undefined))
    const head = { manager: 'notify', set: 'config-0', provider: 'file/0' }
    expect(rig.facts()).toMatchObject([
      { ...head, kind: 'removed', address: 'a:1' },
      { ...head, kind: 'added', address: 'b:1' },
      { ...head, kind: 'held', address: 'b:1' },
    ])
  })

  it('leave most of the log alone when very much changes: the rest is counted', async () => {
    const rig = rigOf({ relabel_configs: dropTest }, 50)
    const many = Array.from({ length: 1200 }, (_, i) => `h:${String(i)}`)
    rig.stage.discover('job', group('g', many), group('h', many.slice(0, 7), test))
    const first = many.slice(0, 5).map((address) => `added ${address}`)
    expect(rig.news()).toEqual([...first, 'added 1195', 'dropped 7'])
    rig.stage.discover('job', group('g', many.slice(0, 1190)))
    const last = many.slice(1190, 1195).map((address) => `removed ${address}`)
    expect(rig.news()).toEqual([...last, 'removed 5'])
    rig.stage.configure([])
    const left = many.slice(0, 5).map((address) => `removed ${address} reload`)
    expect(rig.news()).toEqual([...left, 'removed 1185 reload'])
    const counted = await rig.registry.getSingleMetricAsString('muster_target_events_total')
    expect(counted).toContain('muster_target_events_total{kind="removed"} 1200')
  })
})

describe('a recorder', () => {
  it('lets go of discovery, and ends its streams, when it is interrupted', async () => {
    const rig = new Rig([])
    const ended: string[] = []
    rig.recorder.log.follow().subscribe({ complete: () => ended.push('log') })
    expect([rig.scrape.observed, rig.notify.observed]).toEqual([true, true])
    await rig.stop()
    expect([rig.scrape.observed, rig.notify.observed, ended]).toEqual([false, false, ['log']])
  })
})
