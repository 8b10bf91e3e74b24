import { describe, expect, it } from 'vitest'
import {
  followTargets,
  type TargetChanges,
  targetChanges,
} from '../../src/scrape/target-changes.js'
import { group, jobWith, rules, Stage } from './jobs.js'
import { until } from '../helpers/until.js'

const addresses = (targets: TargetChanges['added']): readonly (string | undefined)[] =>
  targets.map(({ labels }) => labels['instance'])

/** Short: job, and the instances that came, went and changed. */
function short({ job, added, removed, changed }: TargetChanges): readonly unknown[] {
  return [
    job,
    addresses(added),
    addresses(removed),
    changed.map(({ after }) => after.labels['instance']),
  ]
}

function following(stage: Stage) {
  const seen: TargetChanges[] = []
  const subscription = targetChanges(stage.manager).subscribe((changes) => seen.push(changes))
  const next = async (): Promise<readonly unknown[]> => {
    await until('changes', () => seen.length > 0)
    return seen.splice(0).map(short)
  }
  return { seen, next, subscription }
}

describe('targets as a stream', () => {
  it('begins with all targets of every job, as a scraper needs them', async () => {
    const stage = new Stage([
      jobWith({ params: { module: ['http'] } }),
      jobWith({ job_name: 'other' }),
    ])
    stage.discover('job', group('g', ['a:1'], { env: 'prod' }))
    stage.discover('other', group('g', ['b:1']))
    const { seen } = following(stage)
    await until('both', () => seen.length === 2)
    expect(seen[0]).toEqual({
      job: 'job',
      added: [
        {
          labels: { env: 'prod', instance: 'a:1', job: 'job' },
          url: 'http://a:1/metrics?module=http',
          interval: '1m',
          timeout: '10s',
        },
      ],
      removed: [],
      changed: [],
    })
    expect(seen[1]?.job).toBe('other')
  })

  it.each<{ title: string; change: (stage: Stage) => void; expected: readonly unknown[] }>([
    {
      title: 'a target that comes and one that goes',
      change: (stage) => stage.discover('job', group('g', ['a:1', 'c:1'])),
      expected: ['job', ['c:1'], ['b:1'], []],
    },
    {
      title: 'a target with another label',
      change: (stage) => stage.discover('job', group('g', ['a:1', { __address__: 'b:1', x: 'y' }])),
      expected: ['job', [], [], ['b:1']],
    },
    {
      title: 'a group that goes',
      change: (stage) => stage.discover('job', 'g'),
      expected: ['job', [], ['a:1', 'b:1'], []],
    },
    {
      title: 'a job that goes',
      change: (stage) => stage.removeSet('job'),
      expected: ['job', [], ['a:1', 'b:1'], []],
    },
    {
      title: 'rules that drop one and mark the other',
      change: (stage) => {
        stage.configure([
          jobWith({
            relabel_configs: rules(
              { action: 'drop', source_labels: ['__address__'], regex: 'a:1' },
              { target_label: 'x', replacement: 'y' },
            ),
          }),
        ])
        stage.commitSets({ job: [] })
      },
      expected: ['job', [], ['a:1'], ['b:1']],
    },
  ])('says of $title what changed', async ({ change, expected }) => {
    const stage = new Stage([jobWith()])
    stage.discover('job', group('g', ['a:1', 'b:1']))
    const { next } = following(stage)
    expect(await next()).toEqual([['job', ['a:1', 'b:1'], [], []]])
    change(stage)
    expect(await next()).toEqual([expected])
  })

  it('says nothing where the same targets are made by other rules, or by another group', async () => {
    const stage = new Stage([jobWith()])
    stage.discover('job', group('g', ['a:1']), group('h', ['a:1']))
    const { next, seen } = following(stage)
    expect(await next()).toEqual([['job', ['a:1'], [], []]])
    stage.configure([
      jobWith({ relabel_configs: rules({ action: 'drop', source_labels: ['x'], regex: 'y' }) }),
    ])
    stage.commitSets({ job: [] })
    stage.discover('job', 'g')
    stage.discover('job', group('i', ['z:1']))
    await until('the last change', () => seen.length > 0)
    expect(seen.map(short)).toEqual([['job', ['z:1'], [], []]])
  })

  it('frees everything when nothing reads it any more', async () => {
    const stage = new Stage([jobWith()])
    stage.discover('job', group('g', ['a:1']))
    const { next, seen, subscription } = following(stage)
    await next()
    subscription.unsubscribe()
    stage.discover('job', group('g', ['b:1']))
    await new Promise(setImmediate)
    expect(seen).toEqual([])
  })
})

describe('targets as an async iterable', () => {
  it('gives what happened meanwhile as one change', async () => {
    const stage = new Stage([jobWith()])
    stage.discover('job', group('g', ['a:1']))
    const changes = followTargets(stage.manager)
    expect(short((await changes.next()).value as TargetChanges)).toEqual(['job', ['a:1'], [], []])
    stage.discover('job', group('g', ['a:1', 'b:1']))
    stage.discover('job', group('g', ['a:1', 'c:1']))
    expect(short((await changes.next()).value as TargetChanges)).toEqual(['job', ['c:1'], [], []])
    await changes.return()
  })

  it('ends when its signal aborts', async () => {
    const stage = new Stage([jobWith()])
    const end = new AbortController()
    const next = followTargets(stage.manager, { signal: end.signal }).next()
    end.abort()
    expect(await next).toEqual({ done: true, value: undefined })
  })

  it('ends when the manager does', async () => {
    const stage = new Stage([jobWith()])
    const next = followTargets(stage.manager).next()
    stage.manager.interrupt()
    await stage.done
    expect(await next).toEqual({ done: true, value: undefined })
  })
})
