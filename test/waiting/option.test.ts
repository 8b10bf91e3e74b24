import { asyncScheduler, NEVER } from 'rxjs'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import {
  backOffDelay,
  defaultGuardRule,
  DiscoveryManager,
  discoveryMetrics,
  OptionError,
  refresh,
  StateStore,
  Turns,
} from '../../src/discovery/index.js'
import {
  alertmanagerConfig,
  createRelay,
  Notifier,
  staticAlertmanagers,
  AlertLog,
} from '../../src/notifier/index.js'
import { silentLogger } from '../../src/telemetry/index.js'
import { checkCount, checkMs } from '../../src/waiting/option.js'
import { RateLimit } from '../../src/waiting/rate-limit.js'
import { RequestPool } from '../../src/waiting/request-pool.js'
import { sleep } from '../../src/waiting/sleep.js'
import { createApp, WebServer } from '../../src/web/index.js'
import { sources } from '../web/helpers.js'
import { testContext } from '../../src/testing/discovery/index.js'

describe('a number that a caller gives', () => {
  it.each([0, 0.5, 2 ** 40, Infinity, undefined])('may be a time of %s', (ms) => {
    expect(() => checkMs('it', ms)).not.toThrow()
  })

  it.each([-1, Number.NaN, -Infinity, '5', null])('is not a time when it is %s', (ms) => {
    expect(() => checkMs('it', ms as number)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION',
        option: 'it',
        message: `it is ${String(ms)}: give milliseconds, 0 or more`,
      }),
    )
  })

  it.each([1, 2 ** 40, Infinity, undefined])('may be a count of %s', (count) => {
    expect(() => checkCount('it', count)).not.toThrow()
  })

  it.each([0, -1, 1.5, Number.NaN, -Infinity, '5', null])('is no count when it is %s', (count) => {
    expect(() => checkCount('it', count as number)).toThrow(
      `it is ${String(count)}: give a whole number, 1 or more`,
    )
  })
})

const logger = silentLogger
const clock = { now: () => 0 }

/** Everything public that takes numbers, and a number that each cannot work with. */
const takers: readonly { option: string; make: (bad: number) => unknown }[] = [
  { option: 'maxAgeMs', make: (maxAgeMs) => new StateStore({ folder: 'f', logger, maxAgeMs }) },
  { option: 'delayMs', make: (delayMs) => new StateStore({ folder: 'f', logger, delayMs }) },
  { option: 'budgetMs', make: (budgetMs) => new Turns({ budgetMs }) },
  { option: 'updateIntervalMs', make: (updateIntervalMs) => manager({ updateIntervalMs }) },
  { option: 'firstMs', make: (firstMs) => backOffDelay(1, 0, () => 0, { firstMs, maxMs: 1 }) },
  { option: 'maxMs', make: (maxMs) => backOffDelay(1, 0, () => 0, { firstMs: 1, maxMs }) },
  {
    option: 'timeoutMs',
    make: (timeoutMs) =>
      refresh({
        intervalMs: 1,
        timeoutMs,
        poll: async () => [],
        context: testContext(asyncScheduler),
      }),
  },
  { option: 'queueCapacity', make: (queueCapacity) => notifier({ queueCapacity }) },
  { option: 'batchSize', make: (batchSize) => notifier({ batchSize }) },
  { option: 'drainTimeoutMs', make: (drainTimeoutMs) => notifier({ drainTimeoutMs }) },
  { option: 'resolveTimeoutMs', make: (resolveTimeoutMs) => notifier({ resolveTimeoutMs }) },
  { option: 'resolvedHorizonMs', make: (resolvedHorizonMs) => notifier({ resolvedHorizonMs }) },
  { option: 'maxBodyBytes', make: (maxBodyBytes) => relay({ maxBodyBytes }) },
  { option: 'timeout', make: (timeout) => alertmanagerConfig({ timeout }) },
  { option: 'index', make: (index) => staticAlertmanagers([], index) },
  { option: 'readTimeoutMs', make: (readTimeoutMs) => server({ readTimeoutMs }) },
  { option: 'maxConnections', make: (maxConnections) => server({ maxConnections }) },
  { option: 'maxWaiting', make: (maxWaiting) => server({ maxWaiting }) },
  { option: 'drainMs', make: (drainMs) => server({ drainMs }) },
  { option: 'maxBytes', make: (maxBytes) => alertLog({ maxBytes }) },
  { option: 'listBytes', make: (listBytes) => app({ listBytes }) },
  {
    option: 'httpSdIncompleteAfterMs',
    make: (httpSdIncompleteAfterMs) => app({ httpSdIncompleteAfterMs }),
  },
  { option: 'intervalMs', make: (intervalMs) => new RateLimit(intervalMs, clock) },
  { option: 'limit', make: (limit) => new RequestPool(limit) },
]

describe.each([Number.NaN, -1])('%s', (bad) => {
  it.each(takers)('is refused as $option, which the error names', ({ option, make }) => {
    expect(() => make(bad)).toThrow(OptionError)
    expect(() => make(bad)).toThrow(expect.objectContaining({ option }))
  })

  it('is no time to sleep', async () => {
    const { signal } = new AbortController()
    await expect(sleep(bad, asyncScheduler, signal)).rejects.toThrow(OptionError)
  })

  it('is refused in the rule of a guard', () => {
    const guard = { ...defaultGuardRule, share: bad }
    expect(() => manager({ guard })).toThrow(
      expect.objectContaining({ code: 'ERR_DISCOVERY_GUARD' }),
    )
  })
})

function manager(options: object): unknown {
  const metrics = discoveryMetrics(new Registry())
  return new DiscoveryManager({ name: 'scrape', metrics, ...options })
}

function createTransport(): never {
  throw new Error('there are no sections')
}

function notifier(options: object): unknown {
  return new Notifier({ updates: NEVER, createTransport, ...options })
}

function relay(options: object): unknown {
  const build = {
    version: '',
    revision: '',
    branch: '',
    buildUser: '',
    buildDate: '',
    goVersion: '',
  }
  const sending = { sendValid: () => ({ kind: 'stopped' }) as const }
  return createRelay({
    notifier: sending,
    build,
    startedAt: new Date(0),
    config: String,
    ...options,
  })
}

function app(options: object): ReturnType<typeof createApp> {
  return createApp({
    sources: sources(),
    logger,
    registry: new Registry(),
    process: {} as never,
    routePrefix: '/',
    enableLifecycle: false,
    isOwnOrigin: () => true,
    corsOrigin: () => false,
    instance: '',
    ...options,
  })
}

function server(options: object): unknown {
  const defaults = { listenAddresses: [], readTimeoutMs: 1, maxConnections: 1 }
  return new WebServer({ app: app({}), logger, ...defaults, ...options })
}

function alertLog(options: object): AlertLog {
  return new AlertLog({ folder: '/nowhere', restore: () => undefined, ...options })
}
