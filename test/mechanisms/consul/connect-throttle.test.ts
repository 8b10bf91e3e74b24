import { describe, expect, it } from 'vitest'
import { Turnstile } from '../../../src/mechanisms/consul/connect-throttle.js'
import { StepScheduler } from '../../discovery/step-scheduler.js'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Numbers that line up before a turnstile of two in ten milliseconds, and those that have passed. */
function line(count: number, signals: ReadonlyMap<number, AbortSignal> = new Map()) {
  const clock = new StepScheduler()
  const turnstile = new Turnstile(2, 10, clock)
  const passed: number[] = []
  const left: number[] = []
  const come = (number: number): void => {
    turnstile.pass(signals.get(number) ?? new AbortController().signal).then(
      () => passed.push(number),
      () => left.push(number),
    )
  }
  for (let i = 0; i < count; i += 1) come(i)
  return { clock, passed, left, come }
}

describe('Turnstile', () => {
  it('lets so many through at once, and after each pause as many again', async () => {
    const { clock, passed } = line(5)
    await turn()
    expect(passed).toEqual([0, 1])
    clock.pass(9)
    await turn()
    expect(passed).toEqual([0, 1])
    clock.pass(1)
    await turn()
    expect(passed).toEqual([0, 1, 2, 3])
    clock.pass(10)
    await turn()
    expect(passed).toEqual([0, 1, 2, 3, 4])
    expect(clock.waiting).toBe(0)
  })

  it('counts who came between two turns', async () => {
    const { clock, passed, come } = line(3)
    clock.pass(10)
    come(3)
    come(4)
    await turn()
    expect(passed.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3])
    clock.pass(10)
    await turn()
    expect(passed.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4])
  })

  it('holds nobody who comes after a quiet time', async () => {
    const { clock, passed, come } = line(2)
    clock.pass(10)
    come(2)
    come(3)
    await turn()
    expect(passed).toEqual([0, 1, 2, 3])
    expect(clock.waiting).toBe(0)
  })

  it('forgets who leaves, and its timer with the last one', async () => {
    const leaving = new AbortController()
    const signals = new Map([2, 3].map((number) => [number, leaving.signal]))
    const { clock, passed, left } = line(4, signals)
    expect(clock.waiting).toBe(1)
    leaving.abort(new Error('gone'))
    await turn()
    expect([passed, left]).toEqual([
      [0, 1],
      [2, 3],
    ])
    expect(clock.waiting).toBe(0)
  })
})
