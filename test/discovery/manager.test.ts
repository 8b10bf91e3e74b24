import { staticMechanism } from '../../src/mechanisms/static.js'
import { Turns } from '../../src/waiting/turns.js'
import { HandClock } from '../waiting/hand-clock.js'
import { describe, expect, it } from 'vitest'
import type { TargetUpdate } from '../../src/discovery/index.js'
import { brief, Harness } from './harness.js'
import { group } from './scripted-mechanism.js'

describe('target sets', () => {
  it('a lone change goes out at once, what follows is collected', () => {
    const h = new Harness()
    h.load({ job: ['a'] })
    expect(h.news()).toEqual(['job:'])
    h.scheduler.advance(1000)
    const a = h.mechanism.script('a')
    a.emit(group('x', '1:80'), group('y', '2:80'))
    expect(h.news()).toEqual(['job: scripted/0/x=1:80 scripted/0/y=2:80'])
    a.emit(group('x', '3:80'))
    a.emit(group('x', '4:80'))
    a.emit(group('y'))
    expect(h.news()).toEqual([])
    h.scheduler.advance(100)
    expect(h.news()).toEqual(['job: scripted/0/x=4:80 scripted/0/y=gone'])
    h.scheduler.advance(100)
    expect(h.scheduler.pending).toBe(0)
  })

  it('no timer runs while nothing changes', () => {
    const h = new Harness()
    h.load({ job: ['a', 'b'], other: ['a'] })
    h.mechanism.script('a').emit(group('x', '1:80'))
    h.scheduler.advance(200)
    expect(h.scheduler.pending).toBe(0)
  })

  it('an answer with nothing new is no change', () => {
    const h = new Harness()
    h.load({ job: ['a'] })
    h.mechanism.script('a').emit(group('x', '1:80', '2:80'))
    h.scheduler.advance(200)
    h.news()
    h.mechanism.script('a').emit(group('x', '1:80', '2:80'), group('empty'))
    h.scheduler.advance(200)
    expect(h.news()).toEqual([])
  })

  it('a set without configs is told of, and has no targets', async () => {
    const h = new Harness()
    h.load({ empty: [] })
    expect(h.news()).toEqual(['empty:'])
    expect(await h.metric('prometheus_sd_discovered_targets')).toEqual({ 'scrape,empty': 0 })
  })

  it('equal configs share one provider, within a set and over sets', () => {
    const h = new Harness()
    h.load({ job: ['a', 'a'], other: ['a'] })
    expect(h.mechanism.created).toEqual(['a'])
    expect(h.mechanism.script('a').subscriptions).toBe(1)
    h.scheduler.advance(1000)
    h.news()
    h.mechanism.script('a').emit(group('x', '1:80'))
    expect(h.news()).toEqual(['job: scripted/0/x=1:80', 'other: scripted/0/x=1:80'])
    expect(h.manager.providers().map((p) => [p.name, p.sets])).toEqual([
      ['scripted/0', ['job', 'other']],
    ])
  })

  it('a late subscriber gets the whole state first, and then only changes', () => {
    const h = new Harness()
    h.load({ job: ['a', 'b'], other: [] })
    h.mechanism.script('a').emit(group('x', '1:80'))
    h.mechanism.script('b').emit(group('y', '2:80'))
    h.news()
    const late: string[] = []
    h.manager.updates.subscribe((update: TargetUpdate) => late.push(brief(update)))
    expect(late.splice(0)).toEqual(['job: scripted/0/x=1:80 scripted/1/y=2:80', 'other:'])
    // What waited for the interval went to the first subscriber, and nobody gets it twice.
    expect(h.news()).toEqual(['job: scripted/0/x=1:80 scripted/1/y=2:80'])
    h.scheduler.advance(100)
    expect([...late, ...h.news()]).toEqual([])
  })

  it('a change that a subscriber causes while it gets the state comes after the state', () => {
    const h = new Harness()
    h.load({ job: ['a'] })
    h.mechanism.script('a').emit(group('x', '1:80'))
    h.scheduler.advance(1000)
    const late: string[] = []
    h.manager.updates.subscribe((update: TargetUpdate) => {
      if (late.length === 0) h.mechanism.script('a').emit(group('x', '2:80'))
      late.push(brief(update))
    })
    h.scheduler.advance(1000)
    expect(late.at(-1)).toBe('job: scripted/0/x=2:80')
    expect(h.seen.get('job')?.get('scripted/0/x')).toBe('2:80')
  })
})

describe('a reload', () => {
  it('leaves providers alone whose config is still there', () => {
    const h = new Harness()
    h.load({ job: ['a', 'b'] })
    h.mechanism.script('a').emit(group('x', '1:80'))
    h.mechanism.script('b').emit(group('y', '2:80'))
    h.scheduler.advance(1000)
    h.news()
    h.load({ job: ['b', 'c'] })
    expect(h.mechanism.created).toEqual(['a', 'b', 'c'])
    expect(h.mechanism.script('b').subscriptions).toBe(1)
    expect(h.mechanism.script('a').isSubscribed).toBe(false)
    expect(h.news()).toEqual(['job: scripted/0/x=gone'])
    expect(h.manager.providers().map((p) => p.name)).toEqual(['scripted/1', 'scripted/2'])
  })

  it('gives a renamed job its targets at once, and takes the old one away', async () => {
    const h = new Harness()
    h.load({ old: ['a'] })
    h.mechanism.script('a').emit(group('x', '1:80'))
    h.scheduler.advance(1000)
    h.news()
    h.load({ new: ['a'] })
    expect(h.news()).toEqual(['old: removed', 'new: scripted/0/x=1:80'])
    expect(h.mechanism.script('a').subscriptions).toBe(1)
    expect(await h.metric('prometheus_sd_discovered_targets')).toEqual({ 'scrape,new': 1 })
  })

  it('is told at once even when changes are being collected', () => {
    const h = new Harness()
    h.load({ job: ['a'] })
    h.mechanism.script('a').emit(group('x', '1:80'))
    h.load({ job: ['b'] })
    h.mechanism.script('b').emit(group('z', '3:80'))
    h.scheduler.advance(100)
    expect([...(h.seen.get('job') ?? [])]).toEqual([['scripted/1/z', '3:80']])
  })

  it('names every set with the next generation, in the same turn', () => {
    const h = new Harness()
    const seen: string[] = []
    h.load({ job: ['a'], other: ['b'] })
    h.scheduler.advance(1000)
    h.manager.updates.subscribe(({ set, generation, changes, removed }) => {
      const what = removed === true ? 'removed' : String(changes.size)
      seen.push(`${set} ${String(generation)} ${what}`)
    })
    h.mechanism.script('a').emit(group('x', '1:80'))
    h.load({ job: ['a'], third: ['c'] })
    h.scheduler.advance(1000)
    h.mechanism.script('c').emit(group('y', '2:80'))
    expect(seen).toEqual([
      'job 1 0',
      'other 1 0',
      'job 1 1',
      'other 2 removed',
      'third 2 0',
      'job 2 0',
      'third 2 1',
    ])
  })

  it('has the groups of static configs when it ends, however little time its turn has left', () => {
    const h = new Harness({ turns: new Turns({ budgetMs: 0.001, clock: new HandClock() }) })
    const load = (address: string): void => {
      const config = [{ targets: [{ __address__: address }], labels: {} }]
      h.manager.prepare(new Map([['job', [{ mechanism: staticMechanism(), config }]]])).commit()
    }
    load('a:1')
    expect(h.news()).toEqual(['job: static/0/0=a:1'])
    load('b:1')
    expect(h.news()).toEqual(['job: static/0/0=gone static/1/0=b:1'])
  })

  it('changes nothing when it is discarded', () => {
    const h = new Harness()
    h.load({ job: ['a'] })
    h.news()
    const prepared = h.manager.prepare(new Map([['other', [h.config('b')]]]))
    prepared.discard()
    expect(h.mechanism.script('b').subscriptions).toBe(0)
    expect(h.manager.providers().map((p) => p.name)).toEqual(['scripted/0'])
    expect(h.news()).toEqual([])
  })

  it('a set that stays as it was is not told of again', () => {
    const h = new Harness()
    h.load({ job: ['a'], other: ['b'] })
    h.scheduler.advance(1000)
    h.news()
    h.load({ job: ['a'], other: ['c'] })
    expect(h.news()).toEqual([])
  })

  it('takes the series of obsolete providers and sets away, and no others', async () => {
    const h = new Harness()
    h.load({ job: ['a', 'b'], gone: ['c'] })
    for (const config of ['a', 'b', 'c']) {
      h.mechanism.script(config).emit(group('x', '1:80'))
      h.mechanism.script(config).context?.refreshMetrics.failed()
    }
    h.load({ job: ['b'] })
    expect(await h.metric('prometheus_sd_refresh_failures_total')).toEqual({ 'scripted,job': 2 })
    expect(Object.keys(await h.metric('prometheus_sd_last_update_timestamp_seconds'))).toEqual([
      'scrape,job',
    ])
    expect(Object.keys(await h.metric('muster_sd_provider_healthy'))).toEqual([
      'scrape,scripted/1,job',
    ])
  })
})

describe('the end', () => {
  it('stops every provider, completes the stream, and leaves no timer', async () => {
    const h = new Harness()
    let isComplete = false
    h.manager.updates.subscribe({ complete: () => (isComplete = true) })
    h.load({ job: ['a', 'b'] })
    h.mechanism.script('a').emit(group('x', '1:80'))
    h.mechanism.script('b').fail(new Error('boom'))
    expect(h.scheduler.pending).toBeGreaterThan(0)
    h.manager.interrupt()
    await h.done
    expect(isComplete).toBe(true)
    expect(h.mechanism.script('a').isSubscribed).toBe(false)
    expect(h.scheduler.pending).toBe(0)
    expect(h.manager.providers().map((p) => p.state)).toEqual(['stopped', 'stopped'])
  })

  it('a config that comes after it starts nothing', () => {
    const h = new Harness()
    h.manager.interrupt()
    h.load({ job: ['a'] })
    expect(h.mechanism.script('a').subscriptions).toBe(0)
  })
})
