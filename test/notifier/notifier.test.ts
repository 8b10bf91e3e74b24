import { Registry } from 'prom-client'
import { ReplaySubject, type Subject } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Mechanism, TargetUpdate } from '../../src/discovery/index.js'
import type { Labels } from '../../src/labels/index.js'
import {
  type AlertmanagerConfig,
  alertmanagerConfig,
  Notifier,
  type NotifierConfig,
  type NotifierOptions,
} from '../../src/notifier/index.js'
import { relabelRule } from '../../src/relabel/index.js'
import { text } from '../../src/yaml/index.js'
import { recordingLogger } from './recording-logger.js'
import { type ScriptedTransport, scriptedTransport } from './scripted-transport.js'

const start = Date.UTC(2026, 0, 1)

beforeEach(() => {
  vi.useFakeTimers({ now: start })
})
afterEach(() => {
  vi.useRealTimers()
})

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

function configOf(
  alertmanagers: readonly AlertmanagerConfig[],
  fields: { external?: Labels; rules?: NotifierConfig['alerting']['alert_relabel_configs'] } = {},
): NotifierConfig {
  const { external = {}, rules = [] } = fields
  return {
    global: { external_labels: external },
    alerting: { alert_relabel_configs: rules, alertmanagers },
  }
}

/** The targets of one set, as one group. */
function found(index: number, ...addresses: readonly string[]): TargetUpdate {
  const targets = addresses.map((address) => ({ __address__: address }))
  const set = `config-${String(index)}`
  return { set, changed: new Map([['g', { source: 'g', labels: {}, targets }]]) }
}

function notifierOf(options: Partial<NotifierOptions> = {}) {
  // Discovery gives every new subscriber the state: here, everything it ever said.
  const updates: Subject<TargetUpdate> = new ReplaySubject()
  const transports: ScriptedTransport[] = []
  const registry = new Registry()
  const logger = recordingLogger()
  const notifier = new Notifier({
    updates,
    registry,
    logger,
    random: () => 0.999999,
    createTransport(config) {
      if (config.scheme === 'bad') throw new Error('unable to read CA cert')
      const transport = scriptedTransport()
      transport.reply(() => 200)
      transports.push(transport)
      return transport
    },
    ...options,
  })
  const take = (config: NotifierConfig): void => notifier.prepare(config).commit()
  const alerts = (...numbers: readonly number[]): void => {
    notifier.send(numbers.map((n) => ({ labels: { n: String(n) } })))
  }
  /** What each URL was told, in order. */
  const told = (): Readonly<Record<string, string>> => {
    const byUrl = new Map<string, string[]>()
    for (const { url, numbers } of transports.flatMap(({ posts }) => posts)) {
      const host = new URL(url).host
      byUrl.set(host, [...(byUrl.get(host) ?? []), ...numbers])
    }
    return Object.fromEntries([...byUrl].map(([host, numbers]) => [host, numbers.join(' ')]))
  }
  const running = (): Promise<void> => {
    const over = notifier.execute()
    over.catch(() => undefined)
    return over
  }
  const stop = async (over: Promise<void>): Promise<void> => {
    notifier.interrupt()
    await over
    expect(vi.getTimerCount()).toBe(0)
  }
  return { notifier, updates, transports, registry, logger, take, alerts, told, running, stop }
}

describe('Notifier', () => {
  it('brings every alert to every Alertmanager of every section', async () => {
    const { updates, take, alerts, told, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig(), alertmanagerConfig()]))
    const over = running()
    updates.next(found(0, 'a', 'b'))
    updates.next(found(1, 'c'))
    await settle()
    alerts(1, 2)
    await settle()
    expect(told()).toEqual({ a: '1 2', b: '1 2', c: '1 2' })
    await stop(over)
  })

  it('lets one that hangs delay neither the others nor itself being removed', async () => {
    const { notifier, updates, transports, take, alerts, told, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig()]))
    transports[0]?.reply(({ url }) => (url.includes('hung') ? undefined : 200))
    const over = running()
    updates.next(found(0, 'hung', 'b'))
    await settle()
    alerts(1)
    await settle()
    alerts(2)
    await settle()
    expect(told()).toEqual({ hung: '1', b: '1 2' })
    updates.next(found(0, 'b'))
    await settle()
    expect(notifier.alertmanagers().active).toEqual([{ url: 'http://b/api/v2/alerts' }])
    alerts(3)
    await settle()
    expect(told()).toMatchObject({ b: '1 2 3' })
    await vi.advanceTimersByTimeAsync(10_000)
    await stop(over)
  })

  it('tells an Alertmanager that comes later everything that is still valid', async () => {
    const { notifier, updates, take, alerts, told, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig()]))
    alerts(1)
    const over = running()
    updates.next(found(0))
    await settle()
    alerts(2)
    notifier.send([{ labels: { n: '3' }, endsAt: new Date(start + 1000) }])
    notifier.send([{ labels: { n: '4' }, endsAt: new Date(start - 1000) }])
    await vi.advanceTimersByTimeAsync(1000)
    updates.next(found(0, 'a'))
    await settle()
    expect(told()).toEqual({ a: '1 2 4' })
    await stop(over)
  })

  it('moves with an Alertmanager, and with what it had not been told', async () => {
    const { updates, transports, take, alerts, told, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig()]))
    transports[0]?.reply(({ url }) => (url.includes('a:1') ? 500 : 200))
    const over = running()
    updates.next(found(0, 'a:1', 'b'))
    await settle()
    alerts(1, 2)
    await settle()
    updates.next(found(0, 'a:2', 'b'))
    await settle()
    expect(told()).toMatchObject({ 'a:2': '1 2', b: '1 2' })
    await stop(over)
  })

  it('adds external labels, then applies the rules of all, then those of a section', async () => {
    const { transports, updates, take, notifier, running, stop } = notifierOf()
    const copy = relabelRule({ source_labels: ['region'], target_label: 'where' })
    const drop = relabelRule({ source_labels: ['n'], regex: '1', action: 'drop' })
    const own = relabelRule({ target_label: 'section', replacement: 'two' })
    const two = alertmanagerConfig({ alert_relabel_configs: [drop, own] })
    take(configOf([alertmanagerConfig(), two], { external: { region: 'eu' }, rules: [copy] }))
    const over = running()
    updates.next(found(0, 'a'))
    updates.next(found(1, 'b'))
    await settle()
    notifier.send([{ labels: { n: '1' } }, { labels: { n: '2', region: 'us' } }])
    await settle()
    const labels = transports.map(({ posts }) =>
      posts.flatMap(({ body }) => (JSON.parse(body) as { labels: Labels }[]).map((a) => a.labels)),
    )
    expect(labels).toEqual([
      [
        { n: '1', region: 'eu', where: 'eu' },
        { n: '2', region: 'us', where: 'us' },
      ],
      [{ n: '2', region: 'us', where: 'us', section: 'two' }],
    ])
    await stop(over)
  })

  it('shows active and dropped Alertmanagers, and says which it cannot use', async () => {
    const { notifier, updates, logger, take, running, stop } = notifierOf()
    const drop = relabelRule({ source_labels: ['__address__'], regex: 'b', action: 'drop' })
    take(configOf([alertmanagerConfig({ relabel_configs: [drop], path_prefix: 'x' })]))
    const over = running()
    updates.next(found(0, 'a', 'b', 'a', 'c/d'))
    await settle()
    expect(notifier.alertmanagers()).toEqual({
      active: [{ url: 'http://a/x/api/v2/alerts' }],
      dropped: [{ url: 'http://b/x/api/v2/alerts' }],
    })
    expect(logger.lines.map(({ fields }) => fields['err'])).toEqual([
      '"c/d" is not a valid hostname',
    ])
    await stop(over)
  })

  it('takes no alert after it was stopped, and nothing of a batch with a bad one', () => {
    const { notifier } = notifierOf()
    expect(() => notifier.send([{ labels: { n: '1' } }, { labels: {} }])).toThrow(
      'at least one label',
    )
    expect(notifier.send([{ labels: { n: '1' } }])).toBe(true)
    notifier.interrupt()
    expect(notifier.send([{ labels: { n: '1' } }])).toBe(false)
  })

  it('ends when it was interrupted before it began', async () => {
    const { notifier, transports, take } = notifierOf()
    take(configOf([alertmanagerConfig()]))
    notifier.interrupt()
    await notifier.execute()
    expect(transports[0]?.isClosed).toBe(true)
  })

  it('fails when discovery fails, and frees everything', async () => {
    const { updates, transports, take, running } = notifierOf()
    take(configOf([alertmanagerConfig()]))
    const over = running()
    updates.next(found(0, 'a'))
    await settle()
    updates.error(new Error('no more'))
    await expect(over).rejects.toThrow('no more')
    expect(transports[0]?.isClosed).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('counts what it had nobody to tell', async () => {
    const { registry, logger, take, alerts, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig()]))
    const over = running()
    alerts(1, 2)
    await settle()
    await stop(over)
    expect(await registry.metrics()).toContain(
      'muster_notifications_dropped_total{reason="no_alertmanager"} 2',
    )
    expect(logger.messages()).toEqual([
      'No Alertmanager was discovered before the end, dropping alerts (2)',
    ])
  })

  it('goes on with what it knows when discovery ends', async () => {
    const { updates, take, alerts, told, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig()]))
    const over = running()
    updates.next(found(0, 'a'))
    updates.complete()
    await settle()
    alerts(1)
    await settle()
    expect(told()).toEqual({ a: '1' })
    await stop(over)
  })

  it.each([
    { name: 'drains', drainOnShutdown: true, sent: '1 2' },
    {
      name: 'drops what is queued, where it is told not to drain',
      drainOnShutdown: false,
      sent: '',
    },
  ])('$name on shutdown', async ({ drainOnShutdown, sent }) => {
    const { updates, take, alerts, told, transports, running, stop, registry } = notifierOf({
      drainOnShutdown,
      batchSize: 1,
    })
    take(configOf([alertmanagerConfig()]))
    transports[0]?.reply(() => 500)
    const over = running()
    updates.next(found(0, 'a'))
    await settle()
    alerts(1, 2)
    await settle()
    transports[0]?.reply(() => 200)
    const before = told()['a']
    await stop(over)
    expect((told()['a'] ?? '').slice((before ?? '').length).trim()).toBe(sent)
    const lost = await registry.getSingleMetric('muster_notifications_dropped_total')?.get()
    const shutdown = lost?.values.find(({ labels }) => labels['reason'] === 'shutdown')?.value
    expect(shutdown).toBe(drainOnShutdown ? 0 : 2)
  })
})

describe('a reload of the Notifier', () => {
  const mechanism: Mechanism = {
    name: 'test',
    key: 'test_sd_configs',
    section: text,
    create: () => {
      throw new Error('the notifier makes no discoverer')
    },
  }
  const section = (config: string, fields: Partial<AlertmanagerConfig> = {}): AlertmanagerConfig =>
    alertmanagerConfig({ ...fields, discovery: [{ mechanism, config }] })

  it('changes nothing before the commit, and frees what a refused one built', async () => {
    const { notifier, transports, updates, take, alerts, told, running, stop } = notifierOf()
    take(configOf([section('a')]))
    const over = running()
    updates.next(found(0, 'a'))
    await settle()
    const prepared = notifier.prepare(configOf([section('a', { timeout: 1 }), section('b')]))
    expect(transports).toHaveLength(3)
    prepared.discard()
    expect(() =>
      notifier.prepare(configOf([section('b'), section('c', { scheme: 'bad' })])),
    ).toThrow(
      expect.objectContaining({
        code: 'ERR_NOTIFIER_CONFIG',
        message: 'alerting.alertmanagers[1]: unable to read CA cert',
      }),
    )
    await settle()
    expect(transports.map(({ isClosed }) => isClosed)).toEqual([false, true, true, true])
    alerts(1)
    await settle()
    expect(told()).toEqual({ a: '1' })
    await stop(over)
    expect(transports.every(({ isClosed }) => isClosed)).toBe(true)
  })

  it('keeps the HTTP client and the queue of a section that is as it was', async () => {
    const { transports, updates, take, alerts, told, running, stop } = notifierOf()
    take(configOf([section('a')]))
    const over = running()
    updates.next(found(0, 'a'))
    await settle()
    take(configOf([section('a')]))
    await settle()
    alerts(1)
    await settle()
    expect(transports).toHaveLength(1)
    expect(told()).toEqual({ a: '1' })
    await stop(over)
  })

  it('brings a waiting queue with new credentials, at once', async () => {
    const { transports, updates, take, alerts, running, stop, registry } = notifierOf()
    take(configOf([section('a')]))
    transports[0]?.reply(() => 401)
    const over = running()
    updates.next(found(0, 'a'))
    await settle()
    alerts(1)
    await settle()
    take(configOf([section('a', { timeout: 5000 })]))
    await settle()
    expect(transports.map(({ posts }) => posts.map(({ numbers }) => numbers))).toEqual([
      [['1']],
      [['1']],
    ])
    expect(transports[0]?.isClosed).toBe(true)
    expect(await registry.metrics()).toContain(
      'muster_notifications_dropped_total{reason="removed"} 0',
    )
    await stop(over)
  })

  it('sends nothing of one section to the Alertmanagers of another that takes its place', async () => {
    const { transports, updates, take, alerts, running, stop } = notifierOf()
    take(configOf([section('a'), section('b')]))
    const over = running()
    updates.next(found(0, 'a'))
    updates.next(found(1, 'b'))
    await settle()
    // Discovery commits in the same turn as the notifier, before or after it.
    updates.next(found(0, 'b'))
    take(configOf([section('b')]))
    updates.next({ set: 'config-1', changed: new Map(), removed: true })
    await settle()
    alerts(1)
    await settle()
    expect(transports.map(({ posts }) => posts.map(({ url }) => new URL(url).host))).toEqual([
      [],
      ['b'],
    ])
    await stop(over)
  })

  it('sends no new credentials to where the old section found its Alertmanagers', async () => {
    const { transports, updates, take, alerts, running, stop } = notifierOf()
    take(configOf([section('a')]))
    transports[0]?.reply(() => 500)
    const over = running()
    updates.next(found(0, 'old'))
    await settle()
    alerts(1)
    await settle()
    take(configOf([section('b', { timeout: 5000 })]))
    updates.next(found(0, 'new'))
    await settle()
    expect(transports[1]?.posts.map(({ url }) => new URL(url).host)).toEqual(['new'])
    await stop(over)
  })

  it('applies a change of the relabelling rules to the targets there are', async () => {
    const { notifier, updates, take, running, stop } = notifierOf()
    take(configOf([section('a')]))
    const over = running()
    updates.next(found(0, 'a', 'b'))
    await settle()
    const keep = relabelRule({ source_labels: ['__address__'], regex: 'b', action: 'keep' })
    take(configOf([section('a', { relabel_configs: [keep] })]))
    await settle()
    expect(notifier.alertmanagers()).toEqual({
      active: [{ url: 'http://b/api/v2/alerts' }],
      dropped: [{ url: 'http://a/api/v2/alerts' }],
    })
    await stop(over)
  })
})

/** The label of an Alertmanager in the metrics. */
function url(host: string): string {
  return `{alertmanager="http://${host}/api/v2/alerts"}`
}

describe('the metrics of the Notifier', () => {
  it('are those of Prometheus, and go with an Alertmanager that goes', async () => {
    const { registry, updates, take, alerts, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig(), alertmanagerConfig()]))
    const over = running()
    updates.next(found(0, 'a', 'b'))
    updates.next(found(1, 'a'))
    await settle()
    alerts(1)
    await settle()
    const lines = async (): Promise<readonly string[]> =>
      (await registry.metrics())
        .split('\n')
        .filter((line) => !line.startsWith('#') && !line.includes('latency') && line !== '')
    expect(await lines()).toEqual([
      `prometheus_notifications_errors_total${url('a')} 0`,
      `prometheus_notifications_errors_total${url('b')} 0`,
      `prometheus_notifications_sent_total${url('a')} 2`,
      `prometheus_notifications_sent_total${url('b')} 1`,
      `prometheus_notifications_dropped_total${url('a')} 0`,
      `prometheus_notifications_dropped_total${url('b')} 0`,
      `prometheus_notifications_queue_length${url('a')} 0`,
      `prometheus_notifications_queue_length${url('b')} 0`,
      'prometheus_notifications_queue_capacity 10000',
      'prometheus_notifications_alertmanagers_discovered 3',
      'muster_notifications_dropped_total{reason="queue_full"} 0',
      'muster_notifications_dropped_total{reason="expired"} 0',
      'muster_notifications_dropped_total{reason="rejected"} 0',
      'muster_notifications_dropped_total{reason="removed"} 0',
      'muster_notifications_dropped_total{reason="shutdown"} 0',
      'muster_notifications_dropped_total{reason="no_alertmanager"} 0',
      'muster_notifications_superseded_total 0',
      'muster_notifications_repeated_total 0',
    ])
    updates.next(found(0))
    await settle()
    const left = await registry.metrics()
    expect(left).toContain(`prometheus_notifications_sent_total${url('a')} 2`)
    expect(left).not.toContain('http://b/')
    expect(left).toContain('prometheus_notifications_alertmanagers_discovered 1')
    await stop(over)
    expect(await registry.metrics()).not.toContain('http://')
  })

  it('count 100,000 alerts in bursts exactly, within the bounds of the queues', async () => {
    const { notifier, registry, updates, transports, take, running, stop } = notifierOf({
      queueCapacity: 2_000,
    })
    take(configOf([alertmanagerConfig()]))
    transports[0]?.reply(({ url }) => (url.includes('dead') ? 500 : 200))
    const over = running()
    updates.next(found(0, 'dead', 'good'))
    await settle()
    for (let burst = 0; burst < 100; burst += 1) {
      const alerts = Array.from({ length: 1000 }, (_, i) => ({
        labels: { n: String(burst * 1000 + i) },
      }))
      notifier.send(alerts)
      // The good one gets time to take each burst, as it would on a network.
      for (let turn = 0; turn < 10; turn += 1) await settle()
      for (const { queued } of notifier.health()) expect(queued).toBeLessThanOrEqual(2_000)
    }
    const metrics = await registry.metrics()
    const of = (name: string, host: string): number =>
      Number(
        new RegExp(
          `^prometheus_notifications_${name}\\{alertmanager="http://${host}/.*\\} (.*)$`,
          'm',
        ).exec(metrics)?.[1],
      )
    expect({ sent: of('sent_total', 'good'), dropped: of('dropped_total', 'good') }).toEqual({
      sent: 100_000,
      dropped: 0,
    })
    expect({
      sent: of('sent_total', 'dead'),
      dropped: of('dropped_total', 'dead'),
      queued: of('queue_length', 'dead'),
    }).toEqual({ sent: 0, dropped: 98_000, queued: 2_000 })
    await stop(over)
    expect(await registry.metrics()).toContain(
      'muster_notifications_dropped_total{reason="shutdown"} 2000',
    )
  })
})
