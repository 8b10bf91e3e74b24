import { firstValueFrom, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Lane, type Steps, Turns, Wait, type WaitingSteps } from '../../src/waiting/turns.js'
import { HandClock } from './hand-clock.js'

function* counting(log: string[], name: string, steps: number): Steps {
  for (let i = 1; i <= steps; i += 1) {
    log.push(`${name}${String(i)}`)
    yield
  }
}

function* results(): Steps<void, string> {
  yield 'a'
  yield
  yield 'b'
  yield
  yield
}

// oxlint-disable-next-line require-yield
function* broken(): Steps {
  throw new Error('broken')
}

function stage(budgetMs: number): { clock: HandClock; turns: Turns; log: string[] } {
  const clock = new HandClock()
  return { clock, turns: new Turns({ budgetMs, clock }), log: [] }
}

const add = (lane: Lane, steps: Steps): { unsubscribe(): void } => lane.run(() => steps).subscribe()

describe('turns', () => {
  it('do small work at once, and wait for nothing after that', () => {
    const { clock, turns, log } = stage(10)
    const lane = turns.lane()
    add(lane, counting(log, 'a', 3))
    expect(log).toEqual(['a1', 'a2', 'a3'])
    expect(lane.isIdle).toBe(true)
    clock.turn()
    expect(clock.waiting).toBe(0)
  })

  it('go on in later turns with what takes longer, one task of a lane after the other', () => {
    const { clock, turns, log } = stage(5)
    const lane = turns.lane()
    add(lane, counting(log, 'a', 6))
    add(lane, counting(log, 'b', 2))
    expect(log.length).toBeLessThan(6)
    let passed = 0
    for (; !lane.isIdle; passed += 1) clock.turn()
    expect(passed).toBeGreaterThan(0)
    expect(log).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'b1', 'b2'])
  })

  it('let lanes share the time', () => {
    const { clock, turns, log } = stage(4)
    add(turns.lane(), counting(log, 'x', 100))
    add(turns.lane(), counting(log, 'y', 1))
    while (!log.includes('y1')) clock.turn()
    expect(log.indexOf('y1')).toBeLessThan(10)
  })

  it('have one budget for all lanes of a turn', () => {
    const { clock, turns, log } = stage(10)
    const lanes = Array.from({ length: 50 }, () => turns.lane())
    for (const lane of lanes) add(lane, counting(log, 'z', 1))
    expect(log.length).toBeLessThan(20)
    for (let before = log.length; lanes.some((lane) => !lane.isIdle); before = log.length) {
      clock.turn()
      expect(log.length - before).toBeLessThan(20)
    }
    expect(log).toHaveLength(50)
  })

  it('let one async worker go on at a time, in rotation with the lanes', async () => {
    const { clock, turns, log } = stage(3)
    const lane = turns.lane()
    add(lane, counting(log, 'x', 100))
    for (const name of ['p', 'q']) void turns.next().then(() => log.push(name))
    const perTurn: string[] = []
    while (!log.includes('q')) {
      const before = log.length
      clock.turn()
      await Promise.resolve()
      const workers = log.slice(before).map((entry) => entry.slice(0, 1))
      perTurn.push([...new Set(workers)].join(''))
    }
    expect(perTurn).toEqual(['x', 'p', 'x', 'q'])
  })

  it('tell async work when the turn is over', async () => {
    let now = 0
    const waiting: (() => void)[] = []
    const clock = { now: () => now, later: (go: () => void) => void waiting.push(go) }
    const turns = new Turns({ budgetMs: 5, clock })
    expect(turns.isOver).toBe(false)
    now = 5
    expect(turns.isOver).toBe(true)
    const next = turns.next()
    waiting.shift()?.()
    await next
    expect(turns.isOver).toBe(false)
    now = 10
    expect(turns.isOver).toBe(true)
  })

  it('use real turns of the event loop unless told otherwise', async () => {
    const order: string[] = []
    const turns = new Turns()
    setImmediate(() => order.push('other'))
    await turns.next()
    order.push('this')
    expect(order).toEqual(['other', 'this'])
  })
})

describe('a lane', () => {
  it('hands on what its steps yield, and completes when they are done', () => {
    const { clock, turns } = stage(3)
    const seen: unknown[] = []
    const lane = turns.lane()
    lane
      .run(results)
      .subscribe({ next: (value) => seen.push(value), complete: () => seen.push('end') })
    while (!lane.isIdle) clock.turn()
    expect(seen).toEqual(['a', 'b', 'end'])
  })

  it('errors with what a task throws, and goes on with the next', () => {
    const { turns, log } = stage(10)
    const lane = turns.lane()
    const errors: unknown[] = []
    lane.run(broken).subscribe({ error: (error: unknown) => errors.push(error) })
    add(lane, counting(log, 'a', 1))
    expect(errors).toEqual([new Error('broken')])
    expect(log).toEqual(['a1'])
  })

  it('forgets what is cancelled, and lets its steps clean up', () => {
    const { clock, turns, log } = stage(3)
    const [a, b] = [turns.lane(), turns.lane()]
    const cleaning = function* (): Steps {
      try {
        yield* counting(log, 'a', 100)
      } finally {
        log.push('cleaned up')
      }
    }
    const running = add(a, cleaning())
    add(b, counting(log, 'b', 2))
    running.unsubscribe()
    for (let i = 0; i < 10; i += 1) clock.turn()
    expect(log.filter((entry) => entry.startsWith('a')).length).toBeLessThan(10)
    expect(log).toContain('b2')
    expect(log).toContain('cleaned up')
    expect([a.isIdle, b.isIdle, clock.waiting]).toEqual([true, true, 0])
  })

  it('may be cancelled by its own step', () => {
    const { clock, turns, log } = stage(3)
    const lane = turns.lane()
    const running: { unsubscribe(): void }[] = []
    const steps = function* (): Steps {
      yield* counting(log, 'a', 5)
      for (const one of running) one.unsubscribe()
      log.push('rest of the step')
      yield
      log.push('never')
    }
    running.push(add(lane, steps()))
    while (!lane.isIdle) clock.turn()
    expect(log).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'rest of the step'])
  })

  it('does urgent work at once, even in a turn whose time is used up', () => {
    const { turns, log } = stage(3)
    add(turns.lane(), counting(log, 'x', 100))
    const lane = turns.lane()
    lane.run(() => counting(log, 'a', 20), true).subscribe()
    expect(lane.isIdle).toBe(true)
    expect(log.filter((entry) => entry.startsWith('a'))).toHaveLength(20)
  })

  it('does urgent work after what waits in it', () => {
    const { clock, turns, log } = stage(3)
    const lane = turns.lane()
    add(lane, counting(log, 'x', 10))
    lane.run(() => counting(log, 'a', 2), true).subscribe()
    while (!lane.isIdle) clock.turn()
    expect(log.slice(9)).toEqual(['x10', 'a1', 'a2'])
  })

  it('takes work from its own steps, to be done after them', () => {
    const { turns, log } = stage(50)
    const lane = turns.lane()
    const steps = function* (): Steps {
      add(lane, counting(log, 'inner', 1))
      log.push('outer')
      yield
    }
    add(lane, steps())
    expect(log).toEqual(['outer', 'inner1'])
  })
})

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await Promise.resolve()
}

function* waiting(log: string[], until: Promise<unknown>): WaitingSteps {
  try {
    log.push('before')
    yield new Wait(until)
    log.push('after')
  } finally {
    log.push('over')
  }
}

describe('steps that wait', () => {
  it.each<[title: string, end: 'resolves' | 'rejects']>([
    ['go on when what they wait for is done', 'resolves'],
    ['go on when it fails as well', 'rejects'],
  ])('%s; others go on meanwhile, those of the same lane after them', async (_, end) => {
    const { clock, turns, log } = stage(10)
    const done = new Subject<never>()
    const promise = firstValueFrom(done, { defaultValue: undefined })
    const lane = turns.lane()
    lane.run(() => waiting(log, promise)).subscribe()
    add(lane, counting(log, 'a', 1))
    add(turns.lane(), counting(log, 'b', 2))
    for (let i = 0; i < 3; i += 1) clock.turn()
    expect(log).toEqual(['before', 'b1', 'b2'])
    expect(lane.isIdle).toBe(false)
    // Nothing turns while they wait.
    expect(clock.waiting).toBe(0)
    if (end === 'resolves') done.complete()
    else done.error(new Error('odd'))
    await settle()
    clock.turn()
    expect(log).toEqual(['before', 'b1', 'b2', 'after', 'over', 'a1'])
    expect(lane.isIdle).toBe(true)
  })

  it('are over at once when they are cancelled, and what comes after them goes on', () => {
    const { clock, turns, log } = stage(10)
    const lane = turns.lane()
    const work = lane.run(() => waiting(log, new Promise(() => {}))).subscribe()
    add(lane, counting(log, 'a', 1))
    work.unsubscribe()
    clock.turn()
    expect(log).toEqual(['before', 'over', 'a1'])
    expect(lane.isIdle).toBe(true)
  })
})
