import { describe, expect, it } from 'vitest'
import { ConnectThrottle } from '../../../src/mechanisms/consul/connect-throttle.js'
import { FakeClock } from '../../../src/testing/discovery/index.js'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Callers by number, of which two may connect in ten milliseconds: those allowed, and those that left. */
function line(count: number, signals: ReadonlyMap<number, AbortSignal> = new Map()) {
  const clock = new FakeClock()
  const throttle = new ConnectThrottle(2, 10, clock)
  const allowed: number[] = []
  const left: number[] = []
  const come = (number: number): void => {
    throttle.wait(signals.get(number) ?? new AbortController().signal).then(
      () => allowed.push(number),
      () => left.push(number),
    )
  }
  for (let i = 0; i < count; i += 1) come(i)
  return { clock, allowed, left, come }
}

describe('ConnectThrottle', () => {
  it('allows a few at once, and after each interval as many again', async () => {
    const { clock, allowed } = line(5)
    await turn()
    expect(allowed).toEqual([0, 1])
    clock.advance(9)
    await turn()
    expect(allowed).toEqual([0, 1])
    clock.advance(1)
    await turn()
    expect(allowed).toEqual([0, 1, 2, 3])
    clock.advance(10)
    await turn()
    expect(allowed).toEqual([0, 1, 2, 3, 4])
    expect(clock.pending).toBe(0)
  })

  it('counts callers that came between two intervals', async () => {
    const { clock, allowed, come } = line(3)
    clock.advance(10)
    come(3)
    come(4)
    await turn()
    expect(allowed.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3])
    clock.advance(10)
    await turn()
    expect(allowed.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4])
  })

  it('holds no caller that comes after a quiet time', async () => {
    const { clock, allowed, come } = line(2)
    clock.advance(10)
    come(2)
    come(3)
    await turn()
    expect(allowed).toEqual([0, 1, 2, 3])
    expect(clock.pending).toBe(0)
  })

  it('forgets a caller that leaves, and its timer with the last one', async () => {
    const leaving = new AbortController()
    const signals = new Map([2, 3].map((number) => [number, leaving.signal]))
    const { clock, allowed, left } = line(4, signals)
    expect(clock.pending).toBe(1)
    leaving.abort(new Error('gone'))
    await turn()
    expect([allowed, left]).toEqual([
      [0, 1],
      [2, 3],
    ])
    expect(clock.pending).toBe(0)
  })
})
