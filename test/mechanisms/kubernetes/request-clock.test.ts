import type { SchedulerAction, SchedulerLike, Subscription } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'
import { RequestClock } from '../../../src/mechanisms/kubernetes/feed/request-clock.js'

/** Virtual time of timers, and a clock that can be set. */
class SetClock implements SchedulerLike {
  offset = 0
  readonly #timers = new TestScheduler(() => undefined)

  now(): number {
    return this.#timers.now() + this.offset
  }

  schedule<T>(
    work: (this: SchedulerAction<T>, state?: T) => void,
    delay?: number,
    state?: T,
  ): Subscription {
    return this.#timers.schedule(work, delay, state)
  }

  /** Lets timers run up to this time. */
  runTo(ms: number): void {
    this.#timers.maxFrames = ms
    this.#timers.flush()
    this.#timers.frame = ms
  }
}

const hour = 3_600_000

describe('RequestClock', () => {
  it.each([
    ['forwards', hour],
    ['back', -hour],
  ])('ends a silent request within twice its limit where the clock is set %s', (_, by) => {
    const scheduler = new SetClock()
    const clock = new RequestClock(
      'a watch',
      { silentMs: 1000, totalMs: Infinity },
      scheduler,
      new AbortController().signal,
    )
    scheduler.schedule(() => {
      scheduler.offset += by
    }, 500)
    scheduler.runTo(2000)
    expect(clock.signal.aborted).toBe(true)
    expect(String(clock.signal.reason)).toContain('a watch: nothing has come for 1s')
  })

  it('goes on as long as something is heard, wherever the clock is set back to', () => {
    const scheduler = new SetClock()
    const clock = new RequestClock(
      'a watch',
      { silentMs: 1000, totalMs: Infinity },
      scheduler,
      new AbortController().signal,
    )
    for (let at = 500; at < 5000; at += 500) {
      scheduler.schedule(() => {
        scheduler.offset -= hour
        clock.heard()
      }, at)
    }
    scheduler.runTo(5000)
    expect(clock.signal.aborted).toBe(false)
    clock.stop()
  })
})
