import { Observable, of, asyncScheduler } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ServiceSet } from '../../../src/mechanisms/consul/service-set.js'
import { WatchErrors } from '../../../src/mechanisms/consul/watch-errors.js'
import { Turns } from '../../../src/waiting/turns.js'
import { until } from '../../helpers/until.js'
import { HandClock } from '../../waiting/hand-clock.js'
import { FakeConsul } from './fake-consul.js'
import { harness } from './harness.js'
import { testContext } from '../../../src/testing/discovery/index.js'

/** Room for two services. */
const heapLimit = 2 * (24 << 10)

describe('more services than there is memory for', () => {
  it('are an error that says what to do, and what was found before stays', async () => {
    const consul = await FakeConsul.listen()
    onTestFinished(() => consul.close())
    consul.set('a', [{ id: 'a1' }])
    consul.set('b', [{ id: 'b1' }])
    const run = harness(undefined, heapLimit).run(`server: 127.0.0.1:${String(consul.port)}`)
    await until('the targets', () => run.ids().join() === 'a1,b1')
    consul.set('c', [{ id: 'c1' }])
    await until('the error', () => run.context.errors.length > 0)
    expect(String(run.context.errors[0])).toContain(
      "3 services are wanted, and there is memory for 2: name them, or give more by Node's --max-old-space-size",
    )
    expect(run.ids()).toEqual(['a1', 'b1'])
    consul.set('b', [])
    await until('the targets', () => run.ids().join() === 'a1,c1')
  })

  it('do not matter where only some are wanted', async () => {
    const consul = await FakeConsul.listen()
    onTestFinished(() => consul.close())
    for (const name of ['a', 'b', 'c']) {
      consul.set(name, [{ id: `${name}1`, tags: name === 'b' ? ['wanted'] : [] }])
    }
    const run = harness(undefined, heapLimit).run(
      `server: 127.0.0.1:${String(consul.port)}\ntags: [wanted]`,
    )
    await until('the targets', () => run.ids().join() === 'b1')
    expect(run.context.errors).toEqual([])
  })
})

describe('thousands of services', () => {
  it('are begun to be watched in several turns, each of them once', () => {
    const clock = new HandClock()
    const context = testContext(asyncScheduler)
    const set = new ServiceSet({
      separator: ',',
      scheduler: context.scheduler,
      turns: new Turns({ clock, budgetMs: 5 }),
      errors: new WatchErrors(context),
      tags: '',
    })
    const names = Array.from({ length: 1000 }, (_, i) => `s${String(i)}`)
    const begun: string[] = []
    let ended = 0
    const watch = (name: string): Observable<never> =>
      new Observable(() => {
        begun.push(name)
        return () => {
          ended += 1
        }
      })
    const subscription = set
      .findings(of({ wanted: new Set(names), exists: () => true }), watch)
      .subscribe()
    expect(begun.length).toBeGreaterThan(0)
    expect(begun.length).toBeLessThan(200)
    for (let turns = 0; begun.length < names.length && turns < 1000; turns += 1) clock.turn()
    expect(begun).toEqual(names)
    subscription.unsubscribe()
    expect(ended).toBe(names.length)
  })
})
