import { describe, expect, it, vi } from 'vitest'
import type { Labels } from '../../src/labels/index.js'
import { alertmanagerConfig } from '../../src/notifier/index.js'
import { relabelRule } from '../../src/relabel/index.js'
import { configOf, notifierOf, settle, start, useStandingClock } from './notifier-rig.js'

useStandingClock()

describe('Notifier', () => {
  it('brings every alert to every Alertmanager of every section', async () => {
    const { discovery, take, alerts, delivered, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig(), alertmanagerConfig()]))
    const over = running()
    discovery.find(0, 'a', 'b')
    discovery.find(1, 'c')
    await settle()
    alerts(1, 2)
    await settle()
    expect(delivered()).toEqual({ a: '1 2', b: '1 2', c: '1 2' })
    await stop(over)
  })

  it('lets one that hangs delay neither the others nor itself being removed', async () => {
    const { notifier, discovery, transports, take, alerts, delivered, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig()]))
    transports[0]?.reply(({ url }) => (url.includes('hung') ? undefined : 200))
    const over = running()
    discovery.find(0, 'hung', 'b')
    await settle()
    alerts(1)
    await settle()
    alerts(2)
    await settle()
    expect(delivered()).toEqual({ hung: '1', b: '1 2' })
    discovery.find(0, 'b')
    await settle()
    expect(notifier.alertmanagers().active).toEqual([{ url: 'http://b/api/v2/alerts' }])
    alerts(3)
    await settle()
    expect(delivered()).toMatchObject({ b: '1 2 3' })
    await vi.advanceTimersByTimeAsync(10_000)
    await stop(over)
  })

  it('sends an Alertmanager that comes later everything that is still valid', async () => {
    const { notifier, discovery, take, alerts, delivered, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig()]))
    alerts(1)
    const over = running()
    discovery.find(0)
    await settle()
    alerts(2)
    notifier.send([{ labels: { n: '3' }, endsAt: new Date(start + 1000) }])
    notifier.send([{ labels: { n: '4' }, endsAt: new Date(start - 1000) }])
    await vi.advanceTimersByTimeAsync(1000)
    discovery.find(0, 'a')
    await settle()
    expect(delivered()).toEqual({ a: '1 2 4' })
    await stop(over)
  })

  it('moves with an Alertmanager, and with what it did not get through', async () => {
    const { discovery, transports, take, alerts, delivered, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig()]))
    transports[0]?.reply(({ url }) => (url.includes('a:1') ? 500 : 200))
    const over = running()
    discovery.find(0, 'a:1', 'b')
    await settle()
    alerts(1, 2)
    await settle()
    discovery.find(0, 'a:2', 'b')
    await settle()
    expect(delivered()).toMatchObject({ 'a:2': '1 2', b: '1 2' })
    await stop(over)
  })

  it('adds external labels, then applies the rules of all, then those of a section', async () => {
    const { transports, discovery, take, notifier, running, stop } = notifierOf()
    const copy = relabelRule({ source_labels: ['region'], target_label: 'where' })
    const drop = relabelRule({ source_labels: ['n'], regex: '1', action: 'drop' })
    const own = relabelRule({ target_label: 'section', replacement: 'two' })
    const two = alertmanagerConfig({ alert_relabel_configs: [drop, own] })
    take(configOf([alertmanagerConfig(), two], { external: { region: 'eu' }, rules: [copy] }))
    const over = running()
    discovery.find(0, 'a')
    discovery.find(1, 'b')
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

  it('drops an alert that the rules of a section make endless, and sends the others', async () => {
    const { discovery, take, logger, notifier, delivered, running, stop } = notifierOf()
    const double = relabelRule({ source_labels: ['x', 'x'], separator: '', target_label: 'x' })
    const rules = Array.from({ length: 40 }, () => double)
    take(configOf([alertmanagerConfig({ alert_relabel_configs: rules })]))
    const over = running()
    discovery.find(0, 'a')
    await settle()
    notifier.send([{ labels: { n: '1', x: '1' } }, { labels: { n: '2' } }])
    await settle()
    expect(delivered()).toMatchObject({ a: '2' })
    expect(logger.messages()).toEqual(['Relabelling an alert failed, dropping it'])
    await stop(over)
  })

  it('shows active and dropped Alertmanagers, and says which it cannot use', async () => {
    const { notifier, discovery, logger, take, running, stop } = notifierOf()
    const drop = relabelRule({ source_labels: ['__address__'], regex: 'b', action: 'drop' })
    take(configOf([alertmanagerConfig({ relabel_configs: [drop], path_prefix: 'x' })]))
    const over = running()
    discovery.find(0, 'a', 'b', 'a', 'c/d')
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

  it('takes the valid alerts of a batch where it is asked to, and says why not the others', async () => {
    const { notifier, take, alerts, delivered, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig()]), [['a']])
    const over = running()
    const bad = { labels: { n: '' } }
    const result = notifier.sendValid([{ labels: { n: '1' } }, bad, { labels: { n: '2' } }])
    const reason = 'at least one label pair required'
    expect(result).toEqual({ kind: 'queued', taken: 3, invalid: new Map([[bad, reason]]) })
    alerts(3)
    await settle()
    expect(delivered()).toEqual({ a: '1 2 3' })
    await stop(over)
    expect(notifier.sendValid([{ labels: { n: '4' } }])).toEqual({ kind: 'stopped' })
  })

  it('ends when it was interrupted before it began', async () => {
    const { notifier, transports, take } = notifierOf()
    take(configOf([alertmanagerConfig()]))
    notifier.interrupt()
    await notifier.execute()
    expect(transports[0]?.isClosed).toBe(true)
  })

  it('fails when discovery fails, and frees everything', async () => {
    const { discovery, transports, take, running } = notifierOf()
    take(configOf([alertmanagerConfig()]))
    const over = running()
    discovery.find(0, 'a')
    await settle()
    discovery.fail(new Error('no more'))
    await expect(over).rejects.toThrow('no more')
    expect(transports[0]?.isClosed).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('counts alerts for which there never was an Alertmanager', async () => {
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
    const { discovery, take, alerts, delivered, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig()]))
    const over = running()
    discovery.find(0, 'a')
    discovery.complete()
    await settle()
    alerts(1)
    await settle()
    expect(delivered()).toEqual({ a: '1' })
    await stop(over)
  })

  it.each([
    { name: 'drains', drainOnShutdown: true, sent: '1 2' },
    {
      name: 'drops what is queued, where it is set not to drain',
      drainOnShutdown: false,
      sent: '',
    },
  ])('$name on shutdown', async ({ drainOnShutdown, sent }) => {
    const { discovery, take, alerts, delivered, transports, running, stop, registry } = notifierOf({
      drainOnShutdown,
      batchSize: 1,
    })
    take(configOf([alertmanagerConfig()]))
    transports[0]?.reply(() => 500)
    const over = running()
    discovery.find(0, 'a')
    await settle()
    alerts(1, 2)
    await settle()
    transports[0]?.reply(() => 200)
    const before = delivered()['a']
    await stop(over)
    expect((delivered()['a'] ?? '').slice((before ?? '').length).trim()).toBe(sent)
    const lost = await registry.getSingleMetric('muster_notifications_dropped_total')?.get()
    const shutdown = lost?.values.find(({ labels }) => labels['reason'] === 'shutdown')?.value
    expect(shutdown).toBe(drainOnShutdown ? 0 : 2)
  })
})
