import { describe, expect, it } from 'vitest'
import { ConsulError } from '../../../src/mechanisms/consul/errors.js'
import { Outage } from '../../../src/mechanisms/consul/outage.js'
import { StepScheduler } from '../../discovery/step-scheduler.js'

const forever = new AbortController().signal
const down = new ConsulError('down', 'network')

function setUp(waiting: number): {
  clock: StepScheduler
  outage: Outage
  went: number[]
  stops: AbortController[]
} {
  const clock = new StepScheduler()
  // With nothing random about it, waits are three quarters of their bound.
  const outage = new Outage(clock, () => 0.5)
  outage.failed(down)
  const went: number[] = []
  const stops = Array.from({ length: waiting }, () => new AbortController())
  for (const [i, stop] of stops.entries()) {
    outage.turn(stop.signal).then(
      () => went.push(i),
      () => undefined,
    )
  }
  return { clock, outage, went, stops }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('Outage', () => {
  it('lets everybody go while all is well', async () => {
    const clock = new StepScheduler()
    await new Outage(clock, () => 0).turn(forever)
    expect(clock.waiting).toBe(0)
  })

  it('lets one try at a time, with growing waits', async () => {
    const { clock, outage, went } = setUp(5)
    const steps = [750, 1_500, 3_000, 6_000, 11_250]
    for (const [i, step] of steps.entries()) {
      expect(outage.nextTry).toBe(clock.now() + step)
      clock.pass(step - 1)
      await turn()
      expect(went).toHaveLength(i)
      clock.pass(1)
      await turn()
      outage.failed(down)
      expect(went).toHaveLength(i + 1)
    }
  })

  it('lets all go on when one has an answer', async () => {
    const { clock, outage, went } = setUp(3)
    clock.pass(750)
    await turn()
    expect(went).toEqual([0])
    outage.succeeded()
    await turn()
    expect(went).toEqual([0, 1, 2])
    expect(outage.nextTry).toBeUndefined()
    expect(clock.waiting).toBe(0)
  })

  it('gives the turn to the next when the one that tries does not come back', async () => {
    const { clock, went } = setUp(2)
    clock.pass(750)
    clock.pass(1_500)
    await turn()
    expect(went).toEqual([0, 1])
  })

  it('counts many failures of one outage as one', () => {
    const { clock, outage } = setUp(2)
    for (let i = 0; i < 100; i += 1) outage.failed(down)
    expect(outage.nextTry).toBe(clock.now() + 750)
  })

  it('waits as long as Consul asks', () => {
    const clock = new StepScheduler()
    const outage = new Outage(clock, () => 0.5)
    outage.failed(new ConsulError('busy', 'busy', { retryAfterMs: 30_000 }))
    expect(outage.nextTry).toBe(30_000)
  })

  it('holds no timer when all who waited have left', async () => {
    const { clock, stops } = setUp(3)
    for (const stop of stops) stop.abort()
    await turn()
    expect(clock.waiting).toBe(0)
  })
})
