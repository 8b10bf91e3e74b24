import { describe, expect, it } from 'vitest'
import type { Mechanism } from '../../src/discovery/index.js'
import type { Labels } from '../../src/labels/index.js'
import { type AlertmanagerConfig, alertmanagerConfig } from '../../src/notifier/index.js'
import { relabelRule } from '../../src/relabel/index.js'
import { text } from '../../src/yaml/index.js'
import { commitOrders, configOf, notifierOf, settle, useStandingClock } from './notifier-rig.js'
import type { ScriptedTransport } from './scripted-transport.js'

useStandingClock()

/** Where the posts of a client went, in order. */
function hosts({ posts }: ScriptedTransport): readonly string[] {
  return posts.map(({ url }) => new URL(url).host)
}

describe.each(commitOrders)('a reload of the Notifier that is committed by %s', (order) => {
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
  const start = () => notifierOf({}, order)

  it('changes nothing before the commit, and frees what a refused one built', async () => {
    const { notifier, transports, take, alerts, delivered, running, stop } = start()
    take(configOf([section('a')]), [['a']])
    const over = running()
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
    expect(delivered()).toEqual({ a: '1' })
    await stop(over)
    expect(transports.every(({ isClosed }) => isClosed)).toBe(true)
  })

  it('builds no HTTP client for a section whose rules cannot be compiled', () => {
    const { notifier, transports } = start()
    const bad = relabelRule({ source_labels: ['a'], regex: '(' })
    expect(() => notifier.prepare(configOf([section('a', { relabel_configs: [bad] })]))).toThrow(
      expect.objectContaining({ code: 'ERR_NOTIFIER_CONFIG', index: 0 }),
    )
    expect(transports).toEqual([])
  })

  it('keeps the HTTP client and the queue of a section that is as it was', async () => {
    const { transports, take, alerts, delivered, running, stop } = start()
    take(configOf([section('a')]), [['a']])
    const over = running()
    await settle()
    take(configOf([section('a')]))
    await settle()
    alerts(1)
    await settle()
    expect(transports).toHaveLength(1)
    expect(delivered()).toEqual({ a: '1' })
    await stop(over)
  })

  it('keeps the HTTP client and the queue of a section that moves', async () => {
    const { notifier, transports, take, alerts, running, stop } = start()
    take(configOf([section('a'), section('b')]), [['a'], ['b']])
    transports[1]?.reply(() => 500)
    const over = running()
    await settle()
    alerts(1)
    await settle()
    take(configOf([section('b')]), [['b']])
    await settle()
    expect(notifier.health()).toMatchObject([{ url: 'http://b/api/v2/alerts', queued: 1 }])
    expect(transports.map(({ isClosed }) => isClosed)).toEqual([true, false])
    transports[1]?.reply(() => 200)
    await stop(over)
    expect(transports.map(hosts)).toEqual([['a'], ['b', 'b']])
  })

  it('brings a waiting queue with new credentials, at once', async () => {
    const { transports, take, alerts, running, stop, registry } = start()
    take(configOf([section('a')]), [['a']])
    transports[0]?.reply(() => 401)
    const over = running()
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
    const { transports, take, alerts, running, stop } = start()
    take(configOf([section('a'), section('b')]), [['a'], ['b']])
    const over = running()
    await settle()
    take(configOf([section('b')]), [['b']])
    await settle()
    alerts(1)
    await settle()
    expect(transports.map(hosts)).toEqual([[], ['b']])
    await stop(over)
  })

  it('sends nothing of two sections that change places, with other credentials, to each other', async () => {
    const { transports, take, alerts, running, stop } = start()
    take(configOf([section('a'), section('b')]), [['a'], ['b']])
    for (const transport of transports) transport.reply(() => 500)
    const over = running()
    await settle()
    alerts(1)
    await settle()
    take(configOf([section('b', { timeout: 1000 }), section('a', { timeout: 2000 })]), [
      ['b'],
      ['a'],
    ])
    await settle()
    expect(transports.map(hosts)).toEqual([['a'], ['b'], ['b'], ['a']])
    await stop(over)
  })

  it('sends no new credentials to where the old section found its Alertmanagers', async () => {
    const { transports, take, alerts, running, stop } = start()
    take(configOf([section('a')]), [['old']])
    transports[0]?.reply(() => 500)
    const over = running()
    await settle()
    alerts(1)
    await settle()
    take(configOf([section('b', { timeout: 5000 })]), [['new']])
    await settle()
    expect(transports.map(hosts)).toEqual([['old', 'old'], ['new']])
    await stop(over)
  })

  it('drains the queues of a section that is gone, with its own credentials', async () => {
    const { transports, take, alerts, running, stop } = start()
    take(configOf([section('a'), section('b')]), [['a'], ['b']])
    transports[1]?.reply(() => 500)
    const over = running()
    await settle()
    alerts(1)
    await settle()
    transports[1]?.reply(() => 200)
    take(configOf([section('a')]))
    await settle()
    expect(transports.map(hosts)).toEqual([['a'], ['b', 'b']])
    expect(transports.map(({ isClosed }) => isClosed)).toEqual([false, true])
    await stop(over)
  })

  it('applies external labels and the rules of all from the commit on', async () => {
    const { transports, take, notifier, running, stop } = start()
    const rule = relabelRule({ target_label: 'rule', replacement: 'new' })
    take(configOf([section('a')]), [['a']])
    const over = running()
    await settle()
    notifier.send([{ labels: { n: '1' } }])
    take(configOf([section('a')], { external: { region: 'eu' }, rules: [rule] }))
    notifier.send([{ labels: { n: '2' } }])
    await settle()
    const labels = transports.flatMap(({ posts }) =>
      posts.flatMap(({ body }) => (JSON.parse(body) as { labels: Labels }[]).map((a) => a.labels)),
    )
    expect(labels).toEqual([{ n: '1' }, { n: '2', region: 'eu', rule: 'new' }])
    await stop(over)
  })

  it('applies a change of the relabelling rules to the targets there are', async () => {
    const { notifier, take, running, stop } = start()
    take(configOf([section('a')]), [['a', 'b']])
    const over = running()
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
