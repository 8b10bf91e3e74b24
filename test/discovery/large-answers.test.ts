import { describe, expect, it } from 'vitest'
import type { GuardRule, TargetGroup } from '../../src/discovery/index.js'
import { Turns } from '../../src/waiting/turns.js'
import { HandClock } from '../waiting/hand-clock.js'
import { Harness } from './harness.js'
import { group } from './scripted-mechanism.js'

const count = 30_000
const many = (prefix: string, ...addresses: readonly string[]): readonly TargetGroup[] =>
  Array.from({ length: count }, (_, i) => group(`${prefix}${String(i)}`, ...addresses))

/** A harness whose turns of the event loop come when the test says. */
class Turning extends Harness {
  readonly clock: HandClock

  constructor(guard?: GuardRule) {
    const clock = new HandClock()
    const turns = new Turns({ budgetMs: 5, clock })
    super({ turns, ...(guard === undefined ? {} : { guard }) })
    this.clock = clock
  }

  /** Lets turns pass until everything is told. */
  settle(): void {
    while (!this.manager.isSettled) {
      this.clock.turn()
      this.scheduler.advance(1000)
    }
  }
}

function started(guard?: GuardRule): Turning {
  const h = new Turning(guard)
  h.load({ job: ['a'] })
  h.news()
  return h
}

const shown = (h: Harness): ReadonlyMap<string, string> => h.seen.get('job') ?? new Map()
const status = (h: Harness) => h.manager.providers()[0]

describe('a large answer', () => {
  it('is worked in over later turns, and is an answer once it is complete', async () => {
    const h = started()
    h.mechanism.script('a').emit(...many('g', '1:80'))
    expect(h.manager.isSettled).toBe(false)
    expect(status(h)).toMatchObject({ updates: 0, lastSuccess: undefined })
    expect(shown(h).size).toBe(0)
    h.settle()
    expect(shown(h).size).toBe(count)
    expect(status(h)).toMatchObject({ updates: 1, groups: count, targets: count })
    expect(status(h)?.lastSuccess).toBeDefined()
  })

  it('leaves the other sets settled while it is being read', () => {
    const h = new Turning()
    h.load({ job: ['a'], other: ['b'] })
    h.settle()
    h.mechanism.script('a').emit(...many('g', '1:80'))
    const settled = ['job', 'other'].map((set) => h.manager.isSetSettled(set))
    expect(settled).toEqual([false, true])
    h.settle()
    expect(h.manager.isSetSettled('job')).toBe(true)
  })

  it('keeps the order of what is said after it', async () => {
    const h = started()
    const a = h.mechanism.script('a')
    a.emit(...many('g', '1:80'))
    a.emit(group('g7'), group('late', '2:80'))
    a.find({ trouble: { error: new Error('lost') } })
    expect(status(h)?.lastError).toBeUndefined()
    h.settle()
    expect(shown(h).has('scripted/0/g7')).toBe(false)
    expect(shown(h).get('scripted/0/late')).toBe('2:80')
    expect(status(h)).toMatchObject({ state: 'failing', updates: 2, groups: count })
  })

  it('is the whole truth when it is the first one after an error', async () => {
    const h = started()
    const a = h.mechanism.script('a')
    a.emit(group('old', '1:80'), group('g1', '1:80'))
    h.settle()
    a.fail(new Error('boom'))
    h.settle()
    h.scheduler.advance(1000)
    a.emit(...many('g', '1:80'))
    h.settle()
    expect(shown(h).size).toBe(count)
    expect(shown(h).has('scripted/0/old')).toBe(false)
    expect(h.news().join(' ').match(/gone/g)).toHaveLength(1)
  })

  it('and what follows are the whole truth once all is said to be well', async () => {
    const h = started()
    const a = h.mechanism.script('a')
    a.emit(group('old', '1:80'), group('later', '1:80'))
    h.settle()
    a.fail(new Error('boom'))
    h.settle()
    h.scheduler.advance(1000)
    a.find({ groups: many('g', '1:80') })
    a.find({ groups: [group('later', '1:80')] })
    a.find({ complete: true })
    h.settle()
    expect(shown(h).size).toBe(count + 1)
    expect(shown(h).has('scripted/0/old')).toBe(false)
    expect(
      h
        .news()
        .join(' ')
        .match(/\S+=gone/g),
    ).toEqual(['scripted/0/old=gone'])
  })

  it('that is broken changes nothing', async () => {
    const h = started()
    const a = h.mechanism.script('a')
    a.emit(group('g0', '1:80'))
    a.emitAnything({ groups: [...many('g', '2:80'), { source: 'x', labels: {}, targets: 'none' }] })
    while (status(h)?.state === 'running') h.clock.turn()
    expect(status(h)?.lastError?.message).toContain('targets must be a list')
    h.scheduler.advance(500)
    expect([...shown(h)]).toEqual([['scripted/0/g0', '1:80']])
    expect(a.isSubscribed).toBe(false)
  })

  it('is left standing when the manager stops', async () => {
    const h = started()
    const a = h.mechanism.script('a')
    a.emit(...many('g', '1:80'))
    h.manager.interrupt()
    await h.done
    for (let i = 0; i < 50; i += 1) h.clock.turn()
    expect(shown(h).size).toBe(0)
    expect(a.isSubscribed).toBe(false)
  })

  it.each([
    { title: 'held back as a whole by the guard', guard: true, left: count },
    { title: 'believed without one', guard: false, left: 1 },
  ])('that takes everything is $title', async ({ guard, left }) => {
    const rule: GuardRule = { share: 0.5, minimum: 10, answers: 3, afterMs: 600_000 }
    const h = started(guard ? rule : undefined)
    const a = h.mechanism.script('a')
    a.emit(...many('g', '1:80'))
    h.settle()
    a.emit(...many('g').with(0, group('g0', '1:80')))
    h.settle()
    expect(shown(h).size).toBe(left)
    expect(status(h)?.groups).toBe(1)
  })
})
