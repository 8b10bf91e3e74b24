import { describe, expect, it } from 'vitest'
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
