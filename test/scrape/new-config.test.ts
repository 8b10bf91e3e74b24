import { describe, expect, it } from 'vitest'
import type { ScrapeJob } from '../../src/scrape/index.js'
import { group, jobWith, rules, Stage } from './jobs.js'

const dropB = rules({ source_labels: ['__address__'], regex: 'b.*', action: 'drop' })

describe('a new config', () => {
  it('relabels what is known already', () => {
    const stage = new Stage([jobWith()])
    stage.discover('job', group('g', ['a:1', 'b:1']))
    stage.configure([jobWith({ relabel_configs: dropB })])
    expect(stage.active()).toEqual(['instance=a:1'])
    stage.configure([jobWith({ scrape_interval: 15_000 })])
    expect(stage.entry()['scrapeInterval']).toBe('15s')
    expect(stage.active()).toHaveLength(2)
  })

  it('that changes nothing about the targets leaves them alone', () => {
    const stage = new Stage([jobWith()])
    stage.discover('job', group('g', ['a:1']))
    const [before] = [...(stage.manager.pool('job')?.targets() ?? [])]
    stage.configure([jobWith()])
    const [after] = [...(stage.manager.pool('job')?.targets() ?? [])]
    expect(after?.target).toBe(before?.target)
    expect(stage.changes).toHaveLength(1)
  })

  it('takes the pools of jobs that are gone away, with their series', async () => {
    const stage = new Stage([jobWith(), jobWith({ job_name: 'other' })])
    stage.discover('job', group('g', ['a:1']))
    stage.discover('other', group('g', ['b:1']))
    expect(await stage.registry.metrics()).toContain(
      'prometheus_target_scrape_pool_targets{scrape_job="other"} 1',
    )
    stage.configure([jobWith()])
    expect(stage.manager.pools().map(({ name }) => name)).toEqual(['job'])
    expect(stage.changes.at(-1)).toEqual({ pool: 'other', removed: true })
    expect(await stage.registry.metrics()).not.toContain('other')
  })

  it('that is thrown away changes nothing', () => {
    const stage = new Stage([jobWith()])
    stage.discover('job', group('g', ['a:1', 'b:1']))
    stage.manager.prepare([jobWith({ relabel_configs: dropB })]).discard()
    expect(stage.active()).toHaveLength(2)
  })

  it('whose rules cannot be compiled is refused', () => {
    const stage = new Stage([jobWith()])
    const bad = jobWith({ relabel_configs: rules({ regex: '(', action: 'drop' }) })
    expect(() => stage.manager.prepare([bad])).toThrow('missing closing )')
  })
})

/** How often targets of a pool were relabelled without success: bad ones count each time. */
async function failures(stage: Stage): Promise<number | undefined> {
  const metric = stage.registry.getSingleMetric('prometheus_target_sync_failed_total')
  return (await metric?.get())?.values.find(({ labels }) => labels['scrape_job'] === 'job')?.value
}

const job = (job_name: string, more: Partial<ScrapeJob> = {}): ScrapeJob =>
  jobWith({ job_name, ...more })

describe('a reload of jobs and their target sets', () => {
  const orders = ['jobs before sets', 'sets before jobs'] as const
  type Order = (typeof orders)[number]

  /** Three pools of two targets each. */
  function running(): Stage {
    const stage = new Stage(['kept', 'new rules', 'gone'].map((name) => job(name)))
    for (const name of ['kept', 'new rules', 'gone']) {
      stage.discover(name, group('g', ['a:1', 'b:1']))
    }
    stage.changes.splice(0)
    return stage
  }

  const next = [job('kept'), job('new rules', { relabel_configs: dropB }), job('new')]

  function reload(stage: Stage, order: Order): void {
    const prepared = stage.manager.prepare(next)
    const sets = {
      kept: [],
      'new rules': ['g', group('h', ['b:2', 'c:1'])],
      new: [group('g', ['d:1'])],
    }
    if (order === 'jobs before sets') prepared.commit()
    stage.commitSets(sets, 'gone')
    if (order === 'sets before jobs') prepared.commit()
  }

  it.each(orders)('comes to the same pools, %s', (order) => {
    const stage = running()
    reload(stage, order)
    expect(stage.manager.pools().map(({ name }) => name)).toEqual(['kept', 'new', 'new rules'])
    expect(stage.active('kept')).toEqual(['instance=a:1', 'instance=b:1'])
    expect(stage.active('new rules')).toEqual(['instance=c:1'])
    expect(stage.active('new')).toEqual(['instance=d:1'])
    expect(stage.manager.pool('new rules')?.job).toBe(next[1])
  })

  it.each(orders)('says nothing about a pool that stays as it is, %s', (order) => {
    const stage = running()
    const version = stage.manager.pool('kept')?.version
    reload(stage, order)
    expect(stage.changes.map(({ pool }) => pool)).not.toContain('kept')
    expect(stage.changes).toContainEqual({ pool: 'gone', removed: true })
    expect(stage.manager.pool('kept')?.version).toBe(version)
    expect(stage.manager.pool('kept')?.job).toBe(next[0])
  })

  it('is complete once discovery has sent the new sets, though the jobs are committed later', () => {
    const stage = running()
    const prepared = stage.manager.prepare(next)
    stage.commitSets({ kept: [], 'new rules': [], new: [group('g', ['d:1'])] }, 'gone')
    const shown = (): unknown =>
      stage.manager.pools().map(({ name, version }) => [name, version, stage.active(name)])
    const before = shown()
    expect(stage.active('new rules')).toEqual(['instance=a:1'])
    stage.changes.splice(0)
    prepared.commit()
    expect(shown()).toEqual(before)
    expect(stage.changes).toEqual([])
  })

  it('leaves what discovery sends before its commit to the old jobs', () => {
    const stage = running()
    const prepared = stage.manager.prepare(next)
    stage.discover('new rules', group('h', ['b:2']))
    expect(stage.active('new rules')).toEqual(['instance=a:1', 'instance=b:1', 'instance=b:2'])
    prepared.commit()
    expect(stage.active('new rules')).toEqual(['instance=a:1'])
  })

  it('relabels each group once when its set is committed first', async () => {
    const stage = new Stage([jobWith()])
    stage.discover('job', group('old', ['bad/old', 'a:1']), group('kept', ['bad/kept']))
    expect(await failures(stage)).toBe(2)
    const prepared = stage.manager.prepare([jobWith({ metrics_path: '/other' })])
    stage.commitSets({ job: ['old', group('new', ['bad/new', 'b:1'])] })
    prepared.commit()
    expect(await failures(stage)).toBe(4)
    expect(stage.active()).toEqual(['instance=b:1'])
    expect(stage.entry()['scrapeUrl']).toBe('http://b:1/other')
  })

  it('that is discarded leaves later updates to the old jobs', () => {
    const stage = running()
    stage.manager.prepare(next).discard()
    stage.commitSets({ kept: [], 'new rules': [group('h', ['b:2'])], new: [], gone: [] })
    expect(stage.manager.pools().map(({ name }) => name)).toEqual(['gone', 'kept', 'new rules'])
    expect(stage.active('new rules')).toHaveLength(3)
  })

  it('that is discarded late gives every pool its old job back', () => {
    const stage = running()
    const prepared = stage.manager.prepare(next)
    stage.commitSets({ kept: [], 'new rules': [], new: [group('g', ['d:1'])] })
    prepared.discard()
    expect(stage.manager.pools().map(({ name }) => name)).toEqual(['gone', 'kept', 'new rules'])
    expect(stage.active('new rules')).toEqual(['instance=a:1', 'instance=b:1'])
    expect(stage.manager.pool('new rules')?.job).not.toBe(next[1])
  })

  it('that was prepared again is not undone by discarding the first one', () => {
    const stage = running()
    const first = stage.manager.prepare([])
    const second = stage.manager.prepare(next)
    first.discard()
    stage.commitSets({ kept: [], 'new rules': [], new: [group('g', ['d:1'])] }, 'gone')
    expect(stage.active('new')).toEqual(['instance=d:1'])
    second.commit()
    expect(stage.active('new')).toEqual(['instance=d:1'])
  })

  it.each(orders)('brings the first jobs of all, %s', (order) => {
    const stage = new Stage([])
    reload(stage, order)
    expect(stage.active('new')).toEqual(['instance=d:1'])
  })
})
