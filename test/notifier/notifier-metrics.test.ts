import { describe, expect, it } from 'vitest'
import { alertmanagerConfig } from '../../src/notifier/index.js'
import { configOf, notifierOf, settle, useStandingClock } from './notifier-rig.js'

useStandingClock()

/** The label of an Alertmanager in the metrics. */
function url(host: string): string {
  return `{alertmanager="http://${host}/api/v2/alerts"}`
}

describe('the metrics of the Notifier', () => {
  it('are those of Prometheus, and go with an Alertmanager that goes', async () => {
    const { registry, discovery, take, alerts, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig(), alertmanagerConfig()]))
    const over = running()
    discovery.find(0, 'a', 'b')
    discovery.find(1, 'a')
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
      'muster_notifications_dropped_total{reason="relabel_failed"} 0',
      'muster_notifications_dropped_total{reason="removed"} 0',
      'muster_notifications_dropped_total{reason="shutdown"} 0',
      'muster_notifications_dropped_total{reason="no_alertmanager"} 0',
      'muster_notifications_superseded_total 0',
      'muster_notifications_repeated_total 0',
    ])
    discovery.find(0)
    await settle()
    const left = await registry.metrics()
    expect(left).toContain(`prometheus_notifications_sent_total${url('a')} 2`)
    expect(left).not.toContain('http://b/')
    expect(left).toContain('prometheus_notifications_alertmanagers_discovered 1')
    await stop(over)
    expect(await registry.metrics()).not.toContain('http://')
  })

  it('count 100,000 alerts in bursts exactly, within the bounds of the queues', async () => {
    const { notifier, registry, discovery, transports, take, running, stop } = notifierOf({
      queueCapacity: 2_000,
    })
    take(configOf([alertmanagerConfig()]))
    transports[0]?.reply(({ url }) => (url.includes('dead') ? 500 : 200))
    const over = running()
    discovery.find(0, 'dead', 'good')
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
