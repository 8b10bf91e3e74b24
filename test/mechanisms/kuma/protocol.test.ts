import { Registry } from 'prom-client'
import { expect, it, onTestFinished } from 'vitest'
import { kuma } from '../../../src/mechanisms/kuma/index.js'
import { until } from '../../helpers/until.js'
import { serve } from '../../http/harness.js'
import { decode } from '../suite/run.js'
import { FakeClock, testContext } from '../../../src/testing/discovery/index.js'

const type_url = 'type.googleapis.com/kuma.observability.v1.MonitoringAssignment'

interface Answer {
  readonly status?: number
  readonly body?: unknown
}

const good = (version: string): Answer => ({
  body: {
    type_url,
    version_info: version,
    nonce: `nonce ${version}`,
    resources: [{ '@type': type_url, targets: [{ name: 'a', address: '127.0.0.1:1' }] }],
  },
})
const unchanged: Answer = { status: 304 }
const acknowledged = (version: string): unknown => ({
  version_info: version,
  response_nonce: `nonce ${version}`,
  node: { id: 'me' },
  type_url,
})
const asksForAll: unknown = { node: { id: 'me' }, type_url }

it.each<[string, readonly Answer[], readonly unknown[], Readonly<Record<string, number>>]>([
  [
    'acknowledges each version that it was given',
    [good('1'), good('2'), unchanged, good('3')],
    [asksForAll, acknowledged('1'), acknowledged('2'), acknowledged('2')],
    { fetch_skipped_updates_total: 1, fetch_failures_total: 0, fetch_duration_seconds_count: 4 },
  ],
  [
    'asks again for a version that it has not understood',
    [good('1'), { body: { type_url: 'x', version_info: '2', nonce: '2' } }, good('2'), unchanged],
    [asksForAll, acknowledged('1'), acknowledged('1'), acknowledged('2')],
    { fetch_skipped_updates_total: 1, fetch_failures_total: 1, fetch_duration_seconds_count: 4 },
  ],
  [
    'takes it that nothing changed where nothing was given yet',
    [unchanged, good('1')],
    [asksForAll, asksForAll],
    { fetch_skipped_updates_total: 1, fetch_failures_total: 0, fetch_duration_seconds_count: 2 },
  ],
])('%s', async (_, answers, bodies, metrics) => {
  const { url, asked } = await serve((__, response, count) => {
    const { status = 200, body } = answers[count - 1] ?? unchanged
    response.writeHead(status).end(body === undefined ? '' : JSON.stringify(body))
  })
  const registry = new Registry()
  const mechanism = kuma({ registry, env: {}, userAgent: 'muster/test' })
  const config = decode(mechanism, { server: url, client_id: 'me' })
  const scheduler = new FakeClock()
  const context = testContext(scheduler)
  const counts: number[] = []
  const subscription = mechanism
    .create(config, context)
    .findings()
    .subscribe((finding) => {
      const [group] = context.take(finding)
      if (group !== undefined) counts.push(group.targets.length)
    })
  onTestFinished(() => subscription.unsubscribe())
  for (let i = 1; i <= answers.length; i += 1) {
    await until('what comes of a fetch', () => context.wells + context.errors.length === i)
    if (i < answers.length) scheduler.advanceToNext()
  }
  expect(asked.map(({ body }) => JSON.parse(body) as unknown)).toEqual(bodies)
  expect(new Set(counts)).toEqual(new Set([1]))
  const lines = (await registry.metrics()).split('\n')
  for (const [name, value] of Object.entries(metrics)) {
    expect(lines).toContain(`prometheus_sd_kuma_${name} ${String(value)}`)
  }
})
