import { Turns } from '../../src/waiting/turns.js'
import { Registry } from 'prom-client'
import type { Subscription } from 'rxjs'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  type DiscovererContext,
  discoveryMetrics,
  refresh,
  type RefreshOptions,
  type TargetGroup,
} from '../../src/discovery/index.js'
import { ManagerMetrics } from '../../src/discovery/metrics.js'
import { recordingLogger } from './harness.js'
import { group } from './scripted-mechanism.js'
import { FakeClock } from '../../src/testing/discovery/index.js'

/** A poll whose answers the test gives. */
class Server {
  readonly scheduler = new FakeClock()
  readonly registry = new Registry()
  readonly asked: number[] = []
  readonly logged: string[] = []
  readonly reported: unknown[] = []
  readonly emitted: (readonly TargetGroup[])[] = []
  signal: AbortSignal | undefined
  subscription: Subscription | undefined
  #answer: ((groups: readonly TargetGroup[]) => void) | undefined
  #refuse: ((error: unknown) => void) | undefined

  start(options: Partial<RefreshOptions> = {}): void {
    const context: DiscovererContext = {
      logger: recordingLogger(this.logged),
      set: 'job',
      scheduler: this.scheduler,
      random: () => 1,
      refreshMetrics: new ManagerMetrics(discoveryMetrics(this.registry), 'scrape').refresh(
        'own',
        'job',
      ),
      turns: new Turns(),
    }
    const poll = (signal: AbortSignal): Promise<readonly TargetGroup[]> => {
      this.asked.push(this.scheduler.now())
      this.signal = signal
      return new Promise((resolve, reject) => {
        this.#answer = resolve
        this.#refuse = reject
      })
    }
    const discoverer = refresh({ intervalMs: 60_000, context, poll, ...options })
    this.subscription = discoverer.findings().subscribe(({ groups, complete, trouble }) => {
      if (trouble) this.reported.push([(trouble.error as Error).message, trouble.nextTry])
      else if (groups !== undefined && complete === true) this.emitted.push(groups)
    })
  }

  async answer(...groups: readonly TargetGroup[]): Promise<void> {
    this.#answer?.(groups)
    await turn()
  }

  async refuse(error: unknown): Promise<void> {
    this.#refuse?.(error)
    await turn()
  }
}

/** Lets everything happen that waits for promises only. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('refresh', () => {
  let server: Server
  beforeEach(() => {
    server = new Server()
  })

  it('asks at once, and then every interval from start to start', async () => {
    server.start()
    server.scheduler.advance(5000)
    await server.answer(group('x', '1:80'))
    server.scheduler.advance(54_999)
    expect(server.asked).toEqual([0])
    server.scheduler.advance(1)
    expect(server.asked).toEqual([0, 60_000])
    expect(server.emitted).toEqual([[group('x', '1:80')]])
  })

  it('never asks twice at a time: a slow answer delays the next question', async () => {
    server.start()
    server.scheduler.advance(150_000)
    expect(server.asked).toEqual([0])
    await server.answer()
    server.scheduler.advance(0)
    expect(server.asked).toEqual([0, 150_000])
  })

  it('keeps its pace when the clock is set back during a poll', async () => {
    server.start()
    const { scheduler } = server
    scheduler.now = () => scheduler.frame - 3_600_000
    await server.answer()
    scheduler.advance(60_000)
    expect(server.asked.length).toBe(2)
    expect(await server.registry.metrics()).toContain(
      'duration_seconds_sum{mechanism="own",config="job"} 0',
    )
  })

  it('tries again sooner after a failure, and at the pace of the interval after some', async () => {
    server.start({ intervalMs: 10_000 })
    for (const wait of [1000, 2000, 4000, 8000, 10_000, 10_000]) {
      await server.refuse(new Error('boom'))
      expect(server.reported.splice(0)).toEqual([['boom', server.scheduler.now() + wait]])
      server.scheduler.advance(wait)
    }
    expect(server.logged[0]).toBe('error Unable to refresh target groups: boom')
  })

  it('is as patient as the server asks', async () => {
    server.start()
    await server.refuse(Object.assign(new Error('429'), { retryAfterMs: 90_000 }))
    server.scheduler.advance(89_999)
    expect(server.asked).toEqual([0])
    server.scheduler.advance(1)
    expect(server.asked).toEqual([0, 90_000])
    expect(server.reported).toEqual([['429', 90_000]])
  })

  it('counts every poll, and the failed ones', async () => {
    server.start()
    await server.refuse(new Error('boom'))
    server.scheduler.advance(1000)
    server.scheduler.advance(2000)
    await server.answer()
    const text = await server.registry.metrics()
    expect(text).toContain('prometheus_sd_refresh_failures_total{mechanism="own",config="job"} 1')
    expect(text).toContain(
      'prometheus_sd_refresh_duration_seconds_count{mechanism="own",config="job"} 2',
    )
    expect(text).toContain(
      'prometheus_sd_refresh_duration_seconds_sum{mechanism="own",config="job"} 2',
    )
    expect(text).toContain(
      'prometheus_sd_refresh_duration_histogram_seconds_bucket{le="0.01",mechanism="own"} 1',
    )
  })

  it('empties the groups that an answer does not name, where answers are whole', async () => {
    server.start({ whole: true })
    await server.answer(group('x', '1:80'), group('y', '2:80'))
    server.scheduler.advance(60_000)
    await server.answer(group('y', '2:80'))
    server.scheduler.advance(60_000)
    await server.answer(group('y', '2:80'))
    expect(server.emitted.slice(1)).toEqual([
      [group('y', '2:80'), group('x')],
      [group('y', '2:80')],
    ])
  })

  it('gives up on an answer that does not come, and asks again', async () => {
    server.start({ timeoutMs: 10_000 })
    server.scheduler.advance(10_000)
    expect(server.signal?.aborted).toBe(true)
    expect(server.reported).toEqual([['no answer within 10 s', 11_000]])
    server.scheduler.advance(1000)
    expect(server.asked).toEqual([0, 11_000])
    await server.answer(group('x', '1:80'))
    expect(server.emitted.length).toBe(1)
  })

  it('stops at once when nobody listens: no timer, no question under way', async () => {
    server.start()
    server.subscription?.unsubscribe()
    expect(server.signal?.aborted).toBe(true)
    await server.answer(group('x', '1:80'))
    expect(server.emitted).toEqual([])
    expect(server.scheduler.pending).toBe(0)
  })

  it('a poll that throws instead of rejecting is a failed poll', () => {
    server.start({
      poll: () => {
        throw new Error('at once')
      },
    })
    expect(server.reported).toEqual([['at once', 1000]])
  })

  it.each([0, -1, Number.NaN])('refuses an interval of %s', (intervalMs) => {
    expect(() => server.start({ intervalMs })).toThrow('refresh_interval must be greater than 0')
  })
})
