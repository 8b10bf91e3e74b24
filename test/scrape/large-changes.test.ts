import { describe, expect, it } from 'vitest'
import { Turns } from '../../src/waiting/turns.js'
import { HandClock } from '../waiting/hand-clock.js'
import { group, jobWith, rules, Stage } from './jobs.js'

const many = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i)}:1`)

function slow(): { stage: Stage; clock: HandClock } {
  const clock = new HandClock()
  const stage = new Stage([jobWith()], { turns: new Turns({ budgetMs: 3, clock }) })
  return { stage, clock }
}

function finish(stage: Stage, clock: HandClock): void {
  while (!stage.manager.isSettled) clock.turn()
}

const naming = (value: string) => [
  jobWith({ relabel_configs: rules({ target_label: 'v', replacement: value }) }),
]

describe('a large change', () => {
  it('shows a group as it was until the new one is complete', () => {
    const { stage, clock } = slow()
    stage.discover('job', group('g', many('old', 50)))
    finish(stage, clock)
    stage.discover('job', group('g', many('new', 1000)))
    let turns = 0
    for (; stage.manager.pool('job')?.activeCount === 50; turns += 1) {
      const shown = stage.active()
      expect(shown).toHaveLength(50)
      expect(shown.every((text) => text.includes('old'))).toBe(true)
      clock.turn()
    }
    expect(turns).toBeGreaterThan(5)
    finish(stage, clock)
    expect(stage.active()).toHaveLength(1000)
    expect(stage.manager.pool('job')?.activeCount).toBe(1000)
  })

  it('never hides or doubles a target that two groups have while one of them changes', () => {
    const { stage, clock } = slow()
    stage.discover('job', group('g', many('x', 300)), group('h', many('x', 300)))
    finish(stage, clock)
    expect(stage.active()).toHaveLength(300)
    stage.discover('job', 'g')
    while (!stage.manager.isSettled) {
      expect(new Set(stage.active()).size).toBe(300)
      expect(stage.active()).toHaveLength(300)
      clock.turn()
    }
    expect(stage.active()).toHaveLength(300)
  })

  it('leaves the pools of other jobs settled meanwhile', () => {
    const { stage, clock } = slow()
    stage.configure([jobWith(), jobWith({ job_name: 'other' })])
    stage.discover('other', group('g', ['a:1']))
    finish(stage, clock)
    stage.discover('job', group('g', many('x', 1000)))
    const settled = ['job', 'other'].map((name) => stage.manager.isPoolSettled(name))
    expect(settled).toEqual([false, true])
    finish(stage, clock)
    expect(stage.manager.isPoolSettled('job')).toBe(true)
  })

  it('shows the targets of the old rules until those of the new ones are complete', () => {
    const { stage, clock } = slow()
    stage.discover('job', group('g', many('a', 300)), group('h', many('b', 300)))
    finish(stage, clock)
    const relabel_configs = rules({ source_labels: ['__address__'], regex: 'b.*', action: 'drop' })
    stage.configure([jobWith({ relabel_configs })])
    let turns = 0
    for (; !stage.manager.isSettled; turns += 1) {
      expect(stage.active()).toHaveLength(600)
      clock.turn()
    }
    expect(turns).toBeGreaterThan(2)
    expect(stage.active()).toHaveLength(300)
  })

  it('is dropped when still newer rules come, and every change in between counts', () => {
    const { stage, clock } = slow()
    stage.discover('job', group('g', many('a', 300)))
    finish(stage, clock)
    stage.configure(naming('1'))
    clock.turn()
    stage.discover('job', group('h', ['late:1']))
    stage.configure(naming('2'))
    stage.discover('job', 'g')
    finish(stage, clock)
    expect(stage.active()).toEqual(['instance=late:1 v=2'])
  })

  it('of rules and groups loses no group when the next one overtakes it', () => {
    const { stage, clock } = slow()
    stage.discover('job', group('large', many('a', 300)), group('old', ['o:1']))
    finish(stage, clock)
    const first = stage.manager.prepare(naming('1'))
    stage.commitSets({ job: ['old', group('x', ['x:1'])] })
    first.commit()
    clock.turn()
    expect(stage.manager.isSettled).toBe(false)
    const second = stage.manager.prepare(naming('2'))
    stage.commitSets({ job: ['large', group('y', ['y:1'])] })
    second.commit()
    finish(stage, clock)
    expect(stage.active()).toEqual(['instance=x:1 v=2', 'instance=y:1 v=2'])
  })

  it('of rules that are given up in the middle leaves the targets as they were', () => {
    const { stage, clock } = slow()
    stage.discover('job', group('g', many('a', 300)))
    finish(stage, clock)
    const prepared = stage.manager.prepare(naming('1'))
    stage.commitSets({ job: [] })
    clock.turn()
    prepared.discard()
    finish(stage, clock)
    expect(stage.active()).toHaveLength(300)
    expect(stage.active()[0]).toBe('instance=a0:1')
  })

  it('of a pool that goes away is forgotten', () => {
    const { stage, clock } = slow()
    stage.discover('job', group('g', many('a', 1000)))
    stage.configure([])
    expect(stage.manager.isSettled).toBe(true)
    expect(stage.manager.pools()).toEqual([])
    clock.turn()
    clock.turn()
    expect(clock.waiting).toBe(0)
  })
})
