import { expect, it, onTestFinished } from 'vitest'
import { CircuitBreaker } from '../../../src/mechanisms/consul/circuit-breaker.js'
import { ConsulError } from '../../../src/mechanisms/consul/errors.js'
import { watch } from '../../../src/mechanisms/consul/watch.js'
import { until } from '../../helpers/until.js'
import { FakeClock } from '../../../src/testing/discovery/index.js'

it('asks for the current state when other watches found Consul gone while it waited', async () => {
  const clock = new FakeClock()
  const breaker = new CircuitBreaker(clock, () => 0.5)
  const asked: number[] = []
  const subscription = watch({
    query: (index) => {
      asked.push(index)
      return Promise.resolve({
        index: 100 + asked.length,
        knowsLeader: true,
        json: () => null,
        text: () => Buffer.alloc(0),
      })
    },
    read: () => null,
    refreshInterval: 1_000,
    breaker,
    scheduler: clock,
    random: () => 0.5,
  }).subscribe()
  onTestFinished(() => subscription.unsubscribe())
  await until('all turns there are at once', () => asked.length === 10)
  expect(asked.slice(0, 3)).toEqual([0, 101, 102])

  breaker.recordFailure(new ConsulError('down', 'network'))
  breaker.recordSuccess()
  clock.advance(1_000)
  await until('the next turn', () => asked.length === 11)
  clock.advance(1_000)
  await until('the turn after it', () => asked.length === 12)
  // A Consul that lost its data would let a request after 110 wait for as long as it may.
  expect(asked.slice(9)).toEqual([109, 0, 111])
})
