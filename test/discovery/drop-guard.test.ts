import { describe, expect, it } from 'vitest'
import type { GuardRule } from '../../src/discovery/index.js'
import { Harness } from './harness.js'
import { group } from './scripted-mechanism.js'

const rule: GuardRule = { share: 0.5, minimum: 3, answers: 3, afterMs: 60_000 }

/** A job with four targets in three groups. */
function guarded(guard: GuardRule | undefined = rule): Harness {
  const h = new Harness({ guard })
  h.load({ job: ['a'] })
  h.mechanism.script('a').emit(group('x', '1', '2'), group('y', '3'), group('z', '4'))
  h.scheduler.advance(1000)
  return h
}

function empty(h: Harness): void {
  h.mechanism.script('a').emit(group('x'), group('y'), group('z'))
}

/** What a consumer sees of the job, and what a new one would. */
function shown(h: Harness): readonly string[] {
  h.scheduler.advance(100)
  const now = [...(h.seen.get('job') ?? [])].map(
    ([key, addresses]) => `${key.slice(-1)}=${addresses}`,
  )
  let fresh: readonly string[] = []
  h.manager.updates.subscribe(({ changes }) => {
    fresh = [...changes].map(([key, g]) => `${key.slice(-1)}=${String(g?.targets.length)}`)
  })
  expect(fresh.length).toBe(now.length)
  return now.sort()
}

const all = ['x=1+2', 'y=3', 'z=4']

describe('a mass drop', () => {
  it('is held back, and seen in the log, the status and the metrics', async () => {
    const h = guarded()
    empty(h)
    expect(shown(h)).toEqual(all)
    expect(h.logged).toEqual(['warn Mass drop held back'])
    expect(h.manager.guarded()).toEqual([
      { set: 'job', isFrozen: false, heldTargets: 4, since: 1000 },
    ])
    expect(await h.metric('muster_sd_guard_held_targets')).toEqual({ 'scrape,job': 4 })
    expect(await h.metric('muster_sd_guard_trips_total')).toEqual({ 'scrape,job': 1 })
    expect(await h.metric('prometheus_sd_discovered_targets')).toEqual({ 'scrape,job': 4 })
  })

  it('is believed when it stands for long enough', async () => {
    const h = guarded()
    empty(h)
    h.scheduler.advance(59_000)
    expect(shown(h)).toEqual(all)
    h.scheduler.advance(1000)
    expect(shown(h)).toEqual([])
    expect(h.manager.guarded()).toEqual([])
    expect(await h.metric('muster_sd_guard_held_targets')).toEqual({ 'scrape,job': 0 })
  })

  it('is believed after some equal answers', () => {
    const h = guarded()
    empty(h)
    empty(h)
    expect(shown(h)).toEqual(all)
    empty(h)
    expect(shown(h)).toEqual([])
    h.scheduler.advance(1000)
    expect(h.scheduler.pending).toBe(0)
  })

  it('is not believed while the answers differ', () => {
    const h = guarded()
    empty(h)
    empty(h)
    h.mechanism.script('a').emit(group('y', '3'))
    expect(shown(h)).toEqual(all)
    empty(h)
    empty(h)
    expect(shown(h)).toEqual(all)
    empty(h)
    expect(shown(h)).toEqual([])
  })

  it('is forgotten when the targets come back', () => {
    const h = guarded()
    empty(h)
    h.mechanism.script('a').emit(group('x', '1', '2'), group('y', '3'), group('z', '4'))
    expect(shown(h)).toEqual(all)
    expect(h.manager.guarded()).toEqual([])
    h.scheduler.advance(1000)
    expect(h.scheduler.pending).toBe(0)
  })

  it('is held back within a group too, and what comes is shown at once', () => {
    const h = new Harness({ guard: rule })
    h.load({ job: ['a'] })
    h.mechanism.script('a').emit(group('x', '1', '2', '3', '4'))
    h.scheduler.advance(1000)
    h.mechanism.script('a').emit(group('x', '4', '5'), group('n', '6'))
    expect(shown(h)).toEqual(['n=6', 'x=4+5+1+2+3'])
    h.scheduler.advance(60_000)
    expect(shown(h)).toEqual(['n=6', 'x=4+5'])
  })

  it.each([
    { name: 'few targets, though all there were', before: 2, after: 0 },
    { name: 'many targets, though a small share', before: 10, after: 5 },
  ])('is not $name', ({ before, after }) => {
    const h = new Harness({ guard: rule })
    h.load({ job: ['a'] })
    const groups = Array.from({ length: before }, (_, i) => group(String(i), `t${String(i)}`))
    h.mechanism.script('a').emit(...groups)
    h.scheduler.advance(1000)
    h.mechanism.script('a').emit(...groups.slice(after).map((g) => group(g.source)))
    h.scheduler.advance(100)
    expect(h.seen.get('job')?.size).toBe(after)
    expect(h.manager.guarded()).toEqual([])
  })

  it('counts by set: the same answer may empty one and be a trifle in another', () => {
    const h = new Harness({ guard: rule })
    h.load({ job: ['a'], large: ['a', 'b'] })
    h.mechanism.script('a').emit(group('x', '1', '2', '3'))
    h.mechanism.script('b').emit(group('y', '4', '5', '6', '7'))
    h.scheduler.advance(1000)
    h.mechanism.script('a').emit(group('x'))
    h.scheduler.advance(100)
    expect([...(h.seen.get('job')?.values() ?? [])]).toEqual(['1+2+3'])
    expect([...(h.seen.get('large')?.values() ?? [])]).toEqual(['4+5+6+7'])
  })

  it('after an error counts like any other', () => {
    const h = guarded()
    h.mechanism.script('a').fail(new Error('boom'))
    h.scheduler.advance(1000)
    h.mechanism.script('a').emit()
    expect(shown(h)).toEqual(all)
  })

  it('by a reload is what somebody asked for', () => {
    const h = guarded()
    empty(h)
    h.load({ job: ['b'] })
    expect(shown(h)).toEqual([])
    expect(h.manager.guarded()).toEqual([])
    h.scheduler.advance(1000)
    expect(h.scheduler.pending).toBe(0)
  })

  it('leaves no timer when the manager stops', () => {
    const h = guarded()
    empty(h)
    h.manager.interrupt()
    expect(h.scheduler.pending).toBe(0)
  })
})

describe('people', () => {
  it.each([{ guard: rule }, { guard: undefined }])(
    'freeze a set, with and without a rule',
    ({ guard }) => {
      const h = guarded(guard)
      h.manager.freeze('job')
      h.mechanism.script('a').emit(group('y'), group('n', '5'))
      h.scheduler.advance(1_000_000)
      expect(shown(h)).toEqual(['n=5', 'x=1+2', 'y=3', 'z=4'])
      expect(h.manager.guarded()).toMatchObject([{ set: 'job', isFrozen: true, heldTargets: 1 }])
      h.manager.accept('job')
      expect(shown(h)).toEqual(['n=5', 'x=1+2', 'z=4'])
      expect(h.manager.guarded()).toEqual([])
    },
  )

  it('accept what is held back', () => {
    const h = guarded()
    empty(h)
    h.manager.accept('job')
    expect(shown(h)).toEqual([])
  })

  it('may ask for a set that is not there', () => {
    const h = guarded()
    h.manager.accept('no such set')
    expect(shown(h)).toEqual(all)
  })
})

/** Every event of a manager in short. */
function tales(h: Harness): readonly string[] {
  const told: string[] = []
  h.manager.events.subscribe(({ set, provider, cause, changes }) => {
    const list = [...changes].map(([key, { before, after }]) => {
      const count = (g: typeof before) => String(g?.targets.length ?? 0)
      return `${key.slice(-1)}:${count(before)}>${count(after)}`
    })
    told.push(`${set} ${provider} ${cause} ${list.join(' ')}`)
  })
  return told
}

describe('events', () => {
  it('say what came and went, and why', () => {
    const h = new Harness({ guard: rule })
    const told = tales(h)
    h.load({ job: ['a'] })
    h.mechanism.script('a').emit(group('x', '1', '2', '3'), group('y', '4'))
    h.mechanism.script('a').emit(group('x'))
    h.scheduler.advance(60_000)
    h.load({ new: ['a'] })
    expect(told).toEqual([
      'job scripted/0 answer x:0>3 y:0>1',
      'job scripted/0 held x:3>0',
      'job scripted/0 released x:3>0',
      'new scripted/0 reload y:0>1',
    ])
  })

  it('say what was brought back', () => {
    const h = new Harness({ guard: rule })
    const told = tales(h)
    h.load({ job: ['a'] })
    h.mechanism.script('a').emit(group('x', '1', '2'), group('y', '3'))
    h.mechanism.script('a').emit(group('y'))
    h.mechanism.script('a').emit(group('x'))
    expect(told).toEqual([
      'job scripted/0 answer x:0>2 y:0>1',
      'job scripted/0 answer y:1>0',
      'job scripted/0 held y:1>0',
      'job scripted/0 revived y:0>1',
      'job scripted/0 held x:2>0',
    ])
  })
})
