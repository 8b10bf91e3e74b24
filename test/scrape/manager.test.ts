import { describe, expect, it } from 'vitest'
import { group, jobWith, recordingLogger, rules, Stage } from './jobs.js'

const dropB = rules({ source_labels: ['__address__'], regex: 'b.*', action: 'drop' })

describe('the scrape manager', () => {
  it('ignores a set that has no job, and says so', () => {
    const lines: unknown[] = []
    const stage = new Stage([jobWith()], { logger: recordingLogger(lines) })
    stage.discover('unknown', group('g', ['a:1']))
    stage.removeSet('unknown')
    expect(stage.manager.pools()).toEqual([])
    expect(stage.changes).toEqual([])
    expect(lines).toEqual([
      ['debug', 'Ignoring targets of an unknown job', { scrape_pool: 'unknown' }],
    ])
  })

  it('does nothing for an update without changes', async () => {
    const stage = new Stage([jobWith()])
    stage.discover('job', group('g', ['a:1']))
    const version = stage.manager.pool('job')?.version
    stage.discover('job')
    stage.commitSets({ job: [] })
    expect(stage.changes).toEqual([{ pool: 'job' }])
    expect(stage.manager.pool('job')?.version).toBe(version)
    expect(await stage.registry.metrics()).toContain(
      'prometheus_target_scrape_pool_sync_total{scrape_job="job"} 1',
    )
  })

  it('forgets a set that discovery has removed', () => {
    const stage = new Stage([jobWith()])
    stage.discover('job', group('g', ['a:1']))
    stage.removeSet('job')
    expect(stage.manager.pools()).toEqual([])
    stage.discover('job', group('g', ['b:1']))
    expect(stage.active()).toEqual(['instance=b:1'])
  })

  it('has an empty pool for a set that discovery knows and finds nothing for', () => {
    const stage = new Stage([jobWith()])
    stage.discover('job')
    expect(stage.manager.pool('job')?.activeCount).toBe(0)
  })

  it('lists pools in the order of their names', () => {
    const stage = new Stage(['b', 'a', 'c'].map((job_name) => jobWith({ job_name })))
    for (const set of ['c', 'b', 'a']) stage.discover(set)
    expect(stage.manager.pools().map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  })

  it('ends when it is interrupted, and lets go of discovery', async () => {
    const stage = new Stage([jobWith()])
    expect(stage.isFollowed).toBe(true)
    stage.manager.interrupt()
    await stage.done
    expect(stage.isFollowed).toBe(false)
  })

  it('ends at once when it was interrupted before', async () => {
    const stage = new Stage([jobWith()])
    stage.manager.interrupt()
    await stage.done
    await expect(stage.manager.execute()).resolves.toBeUndefined()
  })

  it('fails with discovery', async () => {
    const stage = new Stage([jobWith()])
    stage.failDiscovery(new Error('broken'))
    await expect(stage.done).rejects.toThrow('broken')
  })

  it('explains what the rules of a pool do', () => {
    const stage = new Stage([jobWith({ relabel_configs: dropB })])
    stage.discover('job')
    const rule = {
      source_labels: ['__address__'],
      separator: ';',
      regex: 'b.*',
      replacement: '$1',
      action: 'drop',
    }
    expect(stage.manager.pool('job')?.explain({ __address__: 'b:1' })).toEqual([
      { rule, output: {}, keep: false },
    ])
  })
})
