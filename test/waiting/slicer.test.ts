import { describe, expect, it } from 'vitest'
import { Slicer, type SlicerClock, type Task } from '../../src/scrape/index.js'
import { group, jobWith, rules, Stage } from '../scrape/jobs.js'

/** A clock that goes on by a millisecond each time it is read; turns come when the test says. */
class HandClock implements SlicerClock {
  #ms = 0
  readonly #waiting = new Set<() => void>()

  now(): number {
    this.#ms += 1
    return this.#ms
  }

  later(callback: () => void): () => void {
    this.#waiting.add(callback)
    return () => this.#waiting.delete(callback)
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** One turn of the event loop. */
  turn(): void {
    const callbacks = [...this.#waiting]
    this.#waiting.clear()
    for (const callback of callbacks) callback()
  }
}

const fail = (error: unknown): void => {
  throw error
}

function* counting(log: string[], name: string, steps: number): Task {
  for (let i = 1; i <= steps; i += 1) {
    log.push(`${name}${String(i)}`)
    yield
  }
}

// oxlint-disable-next-line require-yield
function* broken(): Task {
  throw new Error('broken')
}

describe('a slicer', () => {
  it('does small work at once', () => {
    const log: string[] = []
    const clock = new HandClock()
    const slicer = new Slicer(fail, 10, clock)
    slicer.add('a', counting(log, 'a', 3))
    expect(log).toEqual(['a1', 'a2', 'a3'])
    expect(slicer.isIdle).toBe(true)
    clock.turn()
    expect(clock.waiting).toBe(0)
  })

  it('goes on in later turns with what takes longer, one task of a lane after the other', () => {
    const log: string[] = []
    const clock = new HandClock()
    const slicer = new Slicer(fail, 5, clock)
    slicer.add('a', counting(log, 'a', 6))
    slicer.add('a', counting(log, 'b', 2))
    expect(log.length).toBeLessThan(6)
    let turns = 0
    for (; !slicer.isIdle; turns += 1) clock.turn()
    expect(turns).toBeGreaterThan(0)
    expect(log).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'b1', 'b2'])
  })

  it('lets lanes share the time', () => {
    const log: string[] = []
    const clock = new HandClock()
    const slicer = new Slicer(fail, 4, clock)
    slicer.add('big', counting(log, 'x', 100))
    slicer.add('small', counting(log, 'y', 1))
    while (!log.includes('y1')) clock.turn()
    expect(log.indexOf('y1')).toBeLessThan(10)
  })

  it('does not start over with the budget for each task of one turn', () => {
    const log: string[] = []
    const clock = new HandClock()
    const slicer = new Slicer(fail, 10, clock)
    for (let i = 0; i < 50; i += 1) slicer.add(`lane ${String(i)}`, counting(log, 'z', 1))
    expect(log.length).toBeLessThan(20)
    while (!slicer.isIdle) clock.turn()
    expect(log).toHaveLength(50)
  })

  it('reports a task that throws, and goes on with the next', () => {
    const errors: unknown[] = []
    const log: string[] = []
    const slicer = new Slicer((error) => errors.push(error), 10, new HandClock())
    slicer.add('a', broken())
    slicer.add('a', counting(log, 'a', 1))
    expect(errors).toEqual([new Error('broken')])
    expect(log).toEqual(['a1'])
  })

  it('forgets what is cancelled, and frees its callback when stopped', () => {
    const log: string[] = []
    const clock = new HandClock()
    const slicer = new Slicer(fail, 3, clock)
    slicer.add('a', counting(log, 'a', 100))
    slicer.add('b', counting(log, 'b', 2))
    slicer.cancel('a')
    for (let i = 0; i < 10; i += 1) clock.turn()
    expect(log.filter((entry) => entry.startsWith('a')).length).toBeLessThan(10)
    expect(log).toContain('b2')
    slicer.add('c', counting(log, 'c', 100))
    slicer.stop()
    expect(clock.waiting).toBe(0)
  })
})

const many = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i)}:1`)

function slow(): { stage: Stage; clock: HandClock } {
  const clock = new HandClock()
  const stage = new Stage([jobWith()], { slicer: (onError) => new Slicer(onError, 3, clock) })
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

  it('of a pool that goes away is forgotten', () => {
    const { stage, clock } = slow()
    stage.discover('job', group('g', many('a', 1000)))
    stage.configure([])
    expect(stage.manager.isSettled).toBe(true)
    expect(stage.manager.pools()).toEqual([])
    clock.turn()
    expect(clock.waiting).toBe(0)
  })
})
