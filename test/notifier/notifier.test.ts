import { describe, expect, it, vi } from 'vitest'
import type { Labels } from '../../src/labels/index.js'
import { alertmanagerConfig, AlertLossError } from '../../src/notifier/index.js'
import { relabelRule } from '../../src/relabel/index.js'
import { Turns } from '../../src/waiting/turns.js'
import { HandClock } from '../waiting/hand-clock.js'
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

  it('counts alerts that came while there was no Alertmanager any more', async () => {
    const { registry, discovery, take, alerts, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig()]))
    const over = running()
    discovery.find(0, 'a')
    alerts(1)
    await settle()
    discovery.find(0)
    alerts(2, 3)
    await settle()
    await stop(over)
    expect(await registry.metrics()).toContain(
      'muster_notifications_dropped_total{reason="no_alertmanager"} 2',
    )
  })

  it.each([
    {
      name: 'an Alertmanager that does not take it',
      status: 500,
      lost: ['shutdown http://a/api/v2/alerts 1 (bad response status 500)'],
    },
    {
      name: 'an Alertmanager that refuses it',
      status: 400,
      lost: ['rejected http://a/api/v2/alerts 1 (bad response status 400)'],
    },
    { name: 'an Alertmanager that takes it', status: 200, lost: [] },
  ])('says what is lost: $name', async ({ status, lost }) => {
    const { notifier, transports, take, alerts, running, stop } = notifierOf()
    const said: string[] = []
    let isComplete = false
    notifier.losses.subscribe({
      next: ({ reason, alertmanager, alerts: gone, error }) => {
        const numbers = gone.map(({ n }) => n).join(' ')
        said.push(`${reason} ${String(alertmanager)} ${numbers} (${String(error?.message)})`)
      },
      complete: () => {
        isComplete = true
      },
    })
    take(configOf([alertmanagerConfig()]), [['a']])
    transports[0]?.reply(() => status)
    const over = running()
    alerts(1)
    await settle()
    await stop(over)
    expect(said).toEqual(lost)
    expect(isComplete).toBe(true)
    const [report] = notifier.reports()
    expect(report).toMatchObject({ delivered: status === 200 ? 1 : 0, lost: lost.length })
  })

  it.each([
    {
      name: 'over the bound',
      count: 7,
      afterMs: 0,
      lost: ['queue_full 0 1', 'no_alertmanager 2 3 4 5 6'],
    },
    { name: 'too late', count: 2, afterMs: 300_000, lost: ['expired 0 1'] },
    { name: 'before the end', count: 2, afterMs: 299_999, lost: ['no_alertmanager 0 1'] },
  ])('says what no Alertmanager ever had: $name', async ({ count, afterMs, lost }) => {
    const { notifier, take, alerts, running, stop } = notifierOf({ queueCapacity: 5 })
    const said: string[] = []
    notifier.losses.subscribe(({ reason, alertmanager, alerts: gone }) => {
      expect(alertmanager).toBe(undefined)
      said.push(`${reason} ${gone.map(({ n }) => n).join(' ')}`)
    })
    take(configOf([alertmanagerConfig()]))
    const over = running()
    alerts(...Array.from({ length: count }, (_, i) => i))
    await vi.advanceTimersByTimeAsync(afterMs)
    await stop(over)
    expect(said).toEqual(lost)
  })

  it('says that a rule failed on an alert', async () => {
    const { notifier, take, running, stop, registry } = notifierOf()
    const double = relabelRule({ source_labels: ['x', 'x'], separator: '', target_label: 'x' })
    const rules = Array.from({ length: 40 }, () => double)
    const said: string[] = []
    notifier.losses.subscribe(({ reason }) => said.push(reason))
    take(configOf([alertmanagerConfig({ alert_relabel_configs: rules })]), [['a']])
    const over = running()
    notifier.send([{ labels: { x: '1' } }])
    await stop(over)
    expect(said).toEqual(['relabel_failed'])
    expect(await registry.metrics()).toContain(
      'muster_notifications_dropped_total{reason="relabel_failed"} 1',
    )
  })

  it.each([
    {
      name: 'an alert was lost',
      status: 500,
      hosts: ['a'],
      message: /a\/api\/v2\/alerts did not get 1 alert \(bad response status 500\)/,
    },
    {
      name: 'there was no Alertmanager',
      status: 200,
      hosts: [],
      message: /no Alertmanager got 1 alert \(no_alertmanager\)/,
    },
  ])('fails in the end where it is asked to: $name', async ({ status, hosts, message }) => {
    const { transports, take, alerts, running, notifier } = notifierOf({ rejectOnLoss: true })
    take(configOf([alertmanagerConfig()]), [hosts])
    transports[0]?.reply(() => status)
    const over = running()
    alerts(1)
    notifier.interrupt()
    await vi.advanceTimersByTimeAsync(10_000)
    await expect(over).rejects.toThrow(AlertLossError)
    await expect(over).rejects.toThrow(message)
  })

  it.each([
    { name: 'did not take', hosts: ['a'], reason: 'shutdown' },
    { name: 'was not there for', hosts: [], reason: 'no_alertmanager' },
  ])('loses nothing that an Alertmanager $name, where the caller keeps alerts', async (row) => {
    const { transports, take, alerts, running, stop, registry, logger, notifier } = notifierOf({
      keepsAlerts: true,
    })
    notifier.losses.subscribe(({ reason }) => {
      throw new Error(reason)
    })
    take(configOf([alertmanagerConfig()]), [row.hosts])
    transports[0]?.reply(() => 500)
    const over = running()
    alerts(1, 2)
    await stop(over)
    expect(await registry.metrics()).toContain(
      `muster_notifications_dropped_total{reason="${row.reason}"} 0`,
    )
    expect(logger.messages().at(-1)).toBe(
      'Alerts were not delivered before the end, they are kept for the next start (2)',
    )
  })

  it('takes alerts of an earlier run, but none of which a state has come in this one', async () => {
    const { take, transports, notifier, alerts, delivered, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig()]), [['a']])
    const over = running()
    alerts(1)
    await settle()
    notifier.restore({ labels: { n: '1' } }, start - 60_000)
    notifier.restore({ labels: { n: '2' } }, start - 60_000)
    notifier.restore({ labels: {} }, start)
    await settle()
    expect(delivered()).toEqual({ a: '1 2' })
    expect(transports[0]?.last().body).toContain('"endsAt":"2026-01-01T00:04:00.000Z"')
    await stop(over)
    notifier.restore({ labels: { n: '3' } }, start)
    expect(delivered()).toEqual({ a: '1 2' })
  })

  it('takes the times that are left out as of when the alerts came', async () => {
    const { take, transports, notifier, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig()]), [['a']])
    const over = running()
    notifier.sendValid([{ labels: { n: '1' } }], undefined, start - 60_000)
    await settle()
    expect(transports[0]?.last().body).toContain('"endsAt":"2026-01-01T00:04:00.000Z"')
    await stop(over)
  })

  it('ends well where it is asked to fail and nothing is lost', async () => {
    const { take, alerts, running, stop } = notifierOf({ rejectOnLoss: true })
    take(configOf([alertmanagerConfig()]), [['a']])
    const over = running()
    alerts(1)
    await stop(over)
  })

  it('fails when a subscriber of the losses throws, after it has drained', async () => {
    const { transports, notifier, take, alerts, running, delivered } = notifierOf()
    notifier.losses.subscribe(() => {
      throw new Error('a defect')
    })
    take(configOf([alertmanagerConfig()]), [['a']])
    transports[0]?.reply(({ numbers }) => (numbers.includes('1') ? 400 : 200))
    const over = running()
    alerts(1)
    await settle()
    await expect(over).rejects.toThrow('a defect')
    expect(delivered()).toEqual({ a: '1' })
  })

  it('reports the last thousand Alertmanagers', async () => {
    const { notifier, discovery, take, running, stop } = notifierOf()
    take(configOf([alertmanagerConfig()]))
    const over = running()
    for (let i = 0; i < 1100; i += 1) discovery.find(0, `a${String(i)}`)
    await settle()
    expect(notifier.reports()).toHaveLength(1000)
    expect(notifier.reports().at(-1)?.url).toBe('http://a1099/api/v2/alerts')
    await stop(over)
  })

  it('gives a new Alertmanager what is valid in turns, and no state that is older than what it has', async () => {
    const clock = new HandClock()
    const turns = new Turns({ clock, budgetMs: 4 })
    const { notifier, discovery, take, delivered, running, stop } = notifierOf({
      turns,
      batchSize: 1000,
    })
    const rule = relabelRule({ target_label: 'section', replacement: 'one' })
    take(configOf([alertmanagerConfig({ alert_relabel_configs: [rule] })]))
    const over = running()
    const send = (n: number, summary: string): void => {
      notifier.send([{ labels: { n: String(n) }, annotations: { summary } }])
    }
    for (let i = 0; i < 100; i += 1) send(i, 'old')
    discovery.find(0, 'a')
    await settle()
    expect(delivered()).toEqual({})
    send(7, 'new')
    await settle()
    expect(delivered()).toEqual({ a: '7' })
    for (let turn = 0; turn < 100; turn += 1) clock.turn()
    await settle()
    const others = Array.from({ length: 100 }, (_, i) => String(i)).filter((n) => n !== '7')
    expect(delivered()).toEqual({ a: `7 ${others.join(' ')}` })
    await stop(over)
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
