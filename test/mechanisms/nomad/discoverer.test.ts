import { asyncScheduler, type SchedulerLike } from 'rxjs'
import { Registry } from 'prom-client'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { nomad } from '../../../src/mechanisms/nomad/index.js'
import { until } from '../../helpers/until.js'
import type { Element } from '../suite/cases.js'
import { decode } from '../suite/run.js'
import { FakeNomad, type Fault, type Instance } from './fake-nomad.js'
import { FakeClock, testContext, type TestContext } from '../../../src/testing/discovery/index.js'

const hour = 3_600_000

const one = (id: string, host = 1): Instance => ({
  id,
  address: `127.52.1.${String(host)}`,
  port: 80,
})

interface Harness {
  readonly fake: FakeNomad
  readonly clock: FakeClock
  readonly context: TestContext<SchedulerLike>
  /** The ids of all instances as they stand, sorted. */
  ids(): readonly string[]
  /** Waits until there are these. */
  has(...ids: readonly string[]): Promise<void>
  /** Waits until all is read, and the next change is waited for. */
  isIdle(): Promise<void>
  metric(series: string): Promise<string | undefined>
  /** How often everything was read, and how often in vain. */
  readonly refreshes: { readonly measured: number; readonly failed: number }
  /** How long it wanted to wait after each failure, in milliseconds. */
  readonly waits: readonly number[]
}

/** A discoverer of a Nomad with the services `web` (a, b) and `db` (c). */
async function harness(
  prepare: (fake: FakeNomad) => void = () => undefined,
  config: Element = {},
): Promise<Harness> {
  const fake = await FakeNomad.listen()
  onTestFinished(() => fake.close())
  fake.set('web', [one('a', 1), one('b', 2)])
  fake.set('db', [one('c', 3)])
  prepare(fake)
  const registry = new Registry()
  const mechanism = nomad({ registry, env: {}, userAgent: 'muster/test' })
  const clock = new FakeClock()
  const refreshes = { measured: 0, failed: 0 }
  const context: TestContext<SchedulerLike> = Object.assign(testContext(clock), {
    refreshMetrics: {
      observe: () => (refreshes.measured += 1),
      failed: () => (refreshes.failed += 1),
    },
  })
  const element = { server: `http://127.0.0.1:${String(fake.port)}`, ...config }
  const groups = new Map<string, readonly string[]>()
  const waits: number[] = []
  const subscription = mechanism
    .create(decode(mechanism, element), context)
    .findings()
    .subscribe((finding) => {
      if (finding.trouble) waits.push((finding.trouble.nextTry ?? NaN) - clock.now())
      for (const { source, targets } of context.take(finding)) {
        groups.set(
          source,
          targets.map((labels) => labels['__meta_nomad_service_id'] ?? ''),
        )
      }
    })
  onTestFinished(() => subscription.unsubscribe())
  const ids = (): readonly string[] => [...groups.values()].flat().sort()
  return {
    fake,
    clock,
    context,
    ids,
    has: (...wanted) => until(wanted.join(), () => ids().join() === wanted.join()),
    isIdle: () => until('a query that waits', () => fake.waiting === 1),
    async metric(series) {
      const lines = (await registry.metrics()).split('\n')
      return lines.find((line) => line.startsWith(`${series} `))?.slice(series.length + 1)
    },
    refreshes,
    waits,
  }
}

/** The paths of requests, without what they have in common. */
function paths(fake: FakeNomad): readonly string[] {
  return fake.requests.map((url) =>
    url.replace('?namespace=default&region=global', '').replace('&stale=', ''),
  )
}

describe('a Nomad that tells what happens', () => {
  it('is asked for everything once, for its events, and for the next change of the list', async () => {
    const { fake, has, isIdle, context } = await harness()
    await has('a', 'b', 'c')
    await isIdle()
    await until('the stream', () => fake.streams === 1)
    expect(fake.requests.toSorted()).toEqual([
      '/v1/event/stream?index=12&namespace=default&region=global&topic=Service&stale=',
      '/v1/service/db?namespace=default&region=global&stale=',
      '/v1/service/web?namespace=default&region=global&stale=',
      '/v1/services?index=12&namespace=default&region=global&wait=5m&stale=',
      '/v1/services?namespace=default&region=global&stale=',
    ])
    expect(context.requests).toBe(5)
  })

  it.each<[string, (fake: FakeNomad) => void, readonly string[]]>([
    [
      'a new instance',
      (fake) => fake.set('web', [one('a'), one('b'), one('x')]),
      ['a', 'b', 'c', 'x'],
    ],
    ['an instance that is gone', (fake) => fake.set('web', [one('b')]), ['b', 'c']],
    ['a new service', (fake) => fake.set('new', [one('x')]), ['a', 'b', 'c', 'x']],
    ['a service that is gone', (fake) => fake.set('web', []), ['c']],
    ['the end of an allocation', (fake) => fake.endAllocation('web', 'a'), ['b', 'c']],
  ])('is asked for no service because of %s', async (_, change, ids) => {
    const { fake, has, isIdle, clock } = await harness()
    await isIdle()
    await until('the stream', () => fake.streams === 1)
    const before = fake.requests.length
    change(fake)
    await has(...ids)
    await isIdle()
    clock.advance(hour)
    expect(paths(fake).slice(before)).toEqual([expect.stringMatching(/^\/v1\/services\?index=13/)])
  })

  it('tells again what is known already', async () => {
    const { fake, has, isIdle } = await harness()
    await isIdle()
    // A stream begins with what is in its buffer.
    fake.set('web', [one('b')])
    await has('b', 'c')
    fake.set('web', [])
    await has('c')
    fake.set('web', [one('b')])
    fake.endStreams()
    await until(
      'another stream',
      () => paths(fake).filter((p) => p.includes('/event/')).length === 2,
    )
    await has('b', 'c')
  })

  it('is asked for everything again when its index goes backwards', async () => {
    const { fake, has, isIdle } = await harness()
    await isIdle()
    fake.rewind()
    fake.set('web', [one('z')])
    await has('c', 'z')
    await isIdle()
    expect(fake.requests.at(-1)).toContain('index=2&')
  })

  it('is connected to again when its stream is silent for too long', async () => {
    const { fake, has, isIdle, clock } = await harness()
    await isIdle()
    await until('the stream', () => fake.streams === 1)
    fake.heartbeat()
    fake.set('web', [one('b')])
    await has('b', 'c')
    await isIdle()
    const before = fake.requests.length
    clock.advance(74_999)
    expect(fake.requests.length).toBe(before)
    clock.advance(1)
    await until('another stream', () => paths(fake).slice(before).some(isStream))
    await has('b', 'c')
  })
})

const isStream = (path: string): boolean => path.startsWith('/v1/event/stream')
const isList = (path: string): boolean => path === '/v1/services'

describe('a Nomad that does not tell what happens', () => {
  it('is asked for everything again when the list changed and the stream is silent', async () => {
    const { fake, has, ids, isIdle, clock } = await harness()
    await isIdle()
    await until('the stream', () => fake.streams === 1)
    fake.tells = false
    fake.set('web', [one('b')])
    await until(
      'the answer to the query that waited',
      () => fake.waiting === 0 && clock.pending === 2,
    )
    clock.advance(999)
    expect(ids()).toEqual(['a', 'b', 'c'])
    clock.advance(1)
    await has('b', 'c')
  })

  it.each<[string, (fake: FakeNomad) => void]>([
    ['refuses the stream', refuseStream],
    [
      'streams what is not JSON',
      (fake) => {
        fake.fault = (url) => (isStream(url) ? { kind: 'body', body: 'geheim\n' } : undefined)
      },
    ],
    [
      'streams JSON of another shape',
      (fake) => {
        fake.fault = (url) =>
          isStream(url) ? { kind: 'body', body: '{"Index":"1"}\n' } : undefined
      },
    ],
  ])('has its list waited for where it %s, and is asked for a stream later', async (_, prepare) => {
    const { fake, has, isIdle, clock, context } = await harness(prepare)
    await until('the end of the stream', () => paths(fake).filter(isList).length === 2)
    await isIdle()
    fake.set('web', [one('b')])
    await has('b', 'c')
    expect(context.errors).toEqual([])
    await isIdle()
    fake.fault = () => undefined
    clock.advance(599_000)
    fake.endWaits()
    await isIdle()
    expect(fake.streams).toBe(0)
    clock.advance(600_000)
    fake.endWaits()
    await until('the stream', () => fake.streams === 1)
    await has('b', 'c')
  })

  it('is asked once in each refresh_interval where it does not wait', async () => {
    const { fake, clock, has } = await harness((nomadServer) => {
      refuseStream(nomadServer)
      nomadServer.ignoresIndex = true
    })
    await has('a', 'b', 'c')
    await quiet(fake)
    const before = fake.requests.length
    expect(
      paths(fake).filter((path) => path.startsWith('/v1/services?index=')).length,
    ).toBeLessThan(12)
    for (let i = 0; i < 60; i += 1) {
      clock.advance(60_000)
      await quiet(fake)
    }
    // Each ten minutes it is asked for a stream, and for everything before that and after.
    expect(fake.requests.length - before).toBeLessThanOrEqual(60 + 6 * (1 + 2 * 3 + 1))
  })

  it('is asked for everything in each refresh_interval where it has no index', async () => {
    const { fake, clock, has } = await harness((nomadServer) => {
      nomadServer.hasIndex = false
    })
    await has('a', 'b', 'c')
    await until('a timer', () => clock.pending === 1)
    fake.set('web', [one('b')])
    clock.advance(59_999)
    expect(fake.requests).toHaveLength(3)
    clock.advance(1)
    await has('b', 'c')
    expect(fake.requests).toHaveLength(6)
  })
})

describe('a list of services that cannot be read', () => {
  it('is measured and counted as a failed refresh', async () => {
    const { has, clock, context, fake, refreshes, metric } = await harness((nomadServer) => {
      nomadServer.fault = () => ({ kind: 'status', status: 500, body: 'broken' })
    })
    await until('the failure', () => context.errors.length === 1)
    expect(refreshes).toEqual({ measured: 1, failed: 1 })
    expect(await metric('prometheus_sd_nomad_failures_total')).toBe('1')
    fake.fault = () => undefined
    clock.advance(750)
    await has('a', 'b', 'c')
    expect(refreshes).toEqual({ measured: 2, failed: 1 })
  })
})

describe.each([
  ['the list of services', '/v1/services'],
  ['a service', '/v1/service/web'],
])('%s', (_, part) => {
  it('is asked for again when Nomad has said', async () => {
    const { context, waits } = await harness((nomadServer) => {
      nomadServer.fault = (url) =>
        url.startsWith(part)
          ? { kind: 'status', status: 429, headers: { 'retry-after': '7' } }
          : undefined
    })
    await until('the failure', () => context.errors.length === 1)
    expect(waits).toEqual([7000])
  })

  it.each<Fault['kind']>(['silence', 'drip'])(
    'is a failure after half a minute of silence: %s',
    async (kind) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      onTestFinished(() => {
        vi.useRealTimers()
      })
      const { context, fake } = await harness((nomadServer) => {
        nomadServer.fault = (url) => (url.startsWith(part) ? ({ kind } as Fault) : undefined)
      })
      await until('the request', () => fake.requests.some((url) => url.startsWith(part)))
      await vi.advanceTimersByTimeAsync(30_000)
      await until('the failure', () => context.errors.length === 1)
      expect(String(context.errors[0])).toMatch(/: no complete answer within 30s$/)
    },
  )
})

describe('a service that cannot be read', () => {
  it('keeps its targets, while others change, and is read again', async () => {
    const { fake, has, isIdle, clock, context, metric } = await harness()
    await isIdle()
    await until('the stream', () => fake.streams === 1)
    fake.fault = (url) =>
      url.startsWith('/v1/service/web')
        ? { kind: 'status', status: 500, body: 'broken' }
        : undefined
    fake.endStreams()
    await until('the failure', () => context.errors.length === 1)
    expect(String(context.errors[0])).toMatch(
      /failed to fetch services: Unexpected response code: 500 \(broken\)$/,
    )
    expect(await metric('prometheus_sd_nomad_failures_total')).toBe('1')
    await until('the stream', () => fake.streams === 1)
    fake.set('web', [one('b')])
    fake.set('db', [one('d')])
    await has('a', 'b', 'd')
    fake.fault = () => undefined
    const { wells } = context
    clock.advance(750)
    await has('b', 'd')
    expect(context.wells).toBe(wells + 1)
  })

  it('is read again where its answer is older than what has happened to it', async () => {
    const { fake, has, isIdle, clock, context } = await harness((nomadServer) => {
      nomadServer.fault = (url) =>
        url.startsWith('/v1/service/web') ? { kind: 'status', status: 500 } : undefined
    })
    await until('the failure', () => context.errors.length === 1)
    await isIdle()
    await until('the stream', () => fake.streams === 1)
    fake.set('web', [one('x')])
    fake.set('db', [one('d')])
    await has('d')
    // A follower that is behind.
    fake.fault = (url) =>
      url.startsWith('/v1/service/web')
        ? { kind: 'old', index: 12, body: '[{"ID":"a"}]' }
        : undefined
    await isIdle()
    const reads = (): number => paths(fake).filter((path) => path === '/v1/service/web').length
    const before = reads()
    clock.advance(750)
    await until('an answer', () => reads() === before + 1 && clock.pending === 2)
    fake.fault = () => undefined
    clock.advance(1500)
    await has('d', 'x')
  })
})

describe('the keys of the section', () => {
  it.each<[string, Element, RegExp]>([
    [
      'namespace and region',
      { namespace: 'n', region: 'r' },
      /^\/v1\/services\?namespace=n&region=r&stale=$/,
    ],
    ['empty ones', { namespace: '', region: '' }, /^\/v1\/services\?stale=$/],
    [
      'allow_stale: false',
      { allow_stale: false },
      /^\/v1\/services\?namespace=default&region=global$/,
    ],
  ])('%s are in the query', async (_, config, want) => {
    const { fake } = await harness(undefined, config)
    await until('a request', () => fake.requests.length > 0)
    expect(fake.requests[0]).toMatch(want)
  })

  it('server is a host and nothing more, with a user if it has one', async () => {
    const fake = await FakeNomad.listen()
    onTestFinished(() => fake.close())
    await harness(undefined, { server: `http://u:geheim@127.0.0.1:${String(fake.port)}/ui/?a=b#c` })
    await until('a request', () => fake.requests.length > 0)
    expect(fake.requests[0]).toBe('/v1/services?namespace=default&region=global&stale=')
    expect(fake.headers[0]?.authorization).toBe(`Basic ${btoa('u:geheim')}`)
  })

  it.each<[string, string | RegExp]>([
    ['127.0.0.1:4646', 'first path segment in URL cannot contain colon'],
    ['localhost:4646', "URL scheme must be 'http' or 'https'"],
    ['ftp://a', "URL scheme must be 'http' or 'https'"],
    ['ftp://u:geheim@a', "invalid address 'ftp://u:xxxxx@a'"],
    ['http://u:geheim@a:x', /^(?!.*geheim).*invalid port ":x" after host/],
  ])('server %s cannot be asked', (server, why) => {
    const mechanism = nomad({ registry: new Registry(), env: {}, userAgent: 'muster/test' })
    const config = decode(mechanism, { server })
    expect(() => mechanism.create(config, testContext(asyncScheduler))).toThrow(why)
  })

  it('namespace * finds the services of all namespaces', async () => {
    const { fake, has } = await harness(
      (nomadServer) => nomadServer.set('web', [one('z')], 'other'),
      {
        namespace: '*',
      },
    )
    await has('a', 'b', 'c', 'z')
    await until('the stream', () => fake.streams === 1)
    fake.set('web', [one('y')], 'other')
    await has('a', 'b', 'c', 'y')
    expect(fake.requests).toContain('/v1/service/web?namespace=other&region=global&stale=')
  })
})

function refuseStream(fake: FakeNomad): void {
  fake.fault = (url) => (isStream(url) ? { kind: 'status', status: 501, body: 'no' } : undefined)
}

/** Waits until nothing more is asked. */
async function quiet(fake: FakeNomad): Promise<void> {
  let seen = -1
  let turns = 0
  await until('silence', () => {
    turns = seen === fake.requests.length ? turns + 1 : 0
    seen = fake.requests.length
    return turns > 200
  })
}
