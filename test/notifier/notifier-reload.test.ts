import { describe, expect, it } from 'vitest'
import type { Mechanism } from '../../src/discovery/index.js'
import { type AlertmanagerConfig, alertmanagerConfig } from '../../src/notifier/index.js'
import { relabelRule } from '../../src/relabel/index.js'
import { text } from '../../src/yaml/index.js'
import { configOf, found, notifierOf, settle, useStandingClock } from './notifier-rig.js'

useStandingClock()

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
    updates.next({ set: 'config-1', generation: 1, changes: new Map(), removed: true })
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
