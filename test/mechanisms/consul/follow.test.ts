import { expect, it, onTestFinished } from 'vitest'
import { ConsulError } from '../../../src/mechanisms/consul/errors.js'
import { follow } from '../../../src/mechanisms/consul/follow.js'
import { Outage } from '../../../src/mechanisms/consul/outage.js'
import { until } from '../../helpers/until.js'
import { StepScheduler } from '../../discovery/step-scheduler.js'

it('asks for the state of now when Consul was gone for others while it waited for its turn', async () => {
  const clock = new StepScheduler()
  const outage = new Outage(clock, () => 0.5)
  const asked: number[] = []
  const watch = follow({
    ask: (index) => {
      asked.push(index)
      return Promise.resolve({ index: 100 + asked.length, knowsLeader: true, json: () => null })
    },
    read: () => null,
    refreshInterval: 1_000,
    outage,
    scheduler: clock,
    random: () => 0.5,
  }).subscribe()
  onTestFinished(() => watch.unsubscribe())
  await until('all turns there are at once', () => asked.length === 10)
  expect(asked.slice(0, 3)).toEqual([0, 101, 102])

  outage.failed(new ConsulError('down', 'network'))
  outage.succeeded()
  clock.pass(1_000)
  await until('the next turn', () => asked.length === 11)
  clock.pass(1_000)
  await until('the turn after it', () => asked.length === 12)
  // A Consul that lost its data would let a request after 110 wait for as long as it may.
  expect(asked.slice(9)).toEqual([109, 0, 111])
})
