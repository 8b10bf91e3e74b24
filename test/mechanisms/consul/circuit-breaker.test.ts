import { describe, expect, it } from 'vitest'
import { CircuitBreaker } from '../../../src/mechanisms/consul/circuit-breaker.js'
import { ConsulError } from '../../../src/mechanisms/consul/errors.js'
import { FakeClock } from '../../../src/testing/discovery/index.js'

const forever = new AbortController().signal
const down = new ConsulError('down', 'network')

function setUp(waiting: number): {
  clock: FakeClock
  breaker: CircuitBreaker
  went: number[]
  stops: AbortController[]
} {
  const clock = new FakeClock()
  // With nothing random about it, waits are three quarters of their bound.
  const breaker = new CircuitBreaker(clock, () => 0.5)
  breaker.recordFailure(down)
  const went: number[] = []
  const stops = Array.from({ length: waiting }, () => new AbortController())
  for (const [i, stop] of stops.entries()) {
    breaker.wait(stop.signal).then(
      () => went.push(i),
      () => undefined,
    )
  }
  return { clock, breaker, went, stops }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('CircuitBreaker', () => {
  it('holds no request while Consul answers', async () => {
    const clock = new FakeClock()
    await new CircuitBreaker(clock, () => 0).wait(forever)
    expect(clock.pending).toBe(0)
  })

  it('lets one watch probe at a time, with growing waits', async () => {
    const { clock, breaker, went } = setUp(5)
    const steps = [750, 1_500, 3_000, 6_000, 11_250]
    for (const [i, step] of steps.entries()) {
      expect(breaker.nextTry).toBe(clock.now() + step)
      clock.advance(step - 1)
      await turn()
      expect(went).toHaveLength(i)
      clock.advance(1)
      await turn()
      breaker.recordFailure(down)
      expect(went).toHaveLength(i + 1)
    }
  })

  it('releases all watches when one has an answer', async () => {
    const { clock, breaker, went } = setUp(3)
    clock.advance(750)
    await turn()
    expect(went).toEqual([0])
    breaker.recordSuccess()
    await turn()
    expect(went).toEqual([0, 1, 2])
    expect(breaker.nextTry).toBeUndefined()
    expect(clock.pending).toBe(0)
  })

  it('lets the next watch probe when the one that does so does not come back', async () => {
    const { clock, went } = setUp(2)
    clock.advance(750)
    clock.advance(1_500)
    await turn()
    expect(went).toEqual([0, 1])
  })

  it('counts many failures of one outage as one', () => {
    const { clock, breaker } = setUp(2)
    for (let i = 0; i < 100; i += 1) breaker.recordFailure(down)
    expect(breaker.nextTry).toBe(clock.now() + 750)
  })

  it('waits as long as Consul asks', () => {
    const clock = new FakeClock()
    const breaker = new CircuitBreaker(clock, () => 0.5)
    breaker.recordFailure(new ConsulError('busy', 'busy', { retryAfterMs: 30_000 }))
    expect(breaker.nextTry).toBe(30_000)
  })

  it('holds no timer when all watches have left', async () => {
    const { clock, stops } = setUp(3)
    for (const stop of stops) stop.abort()
    await turn()
    expect(clock.pending).toBe(0)
  })
})
