import { describe, expect, it } from 'vitest'
import type { Mechanism } from '../../src/discovery/index.js'
import {
  type AlertmanagerConfig,
  alertmanagerConfig,
  staticAlertmanagers,
} from '../../src/notifier/index.js'
import { text } from '../../src/yaml/index.js'
import { commitOrders, configOf, notifierOf, settle, useStandingClock } from './notifier-rig.js'

useStandingClock()

const mechanism: Mechanism = {
  name: 'test',
  key: 'test_sd_configs',
  section: text,
  create: () => {
    throw new Error('the notifier makes no discoverer')
  },
}

/** A section whose Alertmanagers are found by `config`, under the path of the same name. */
function section(config: string, fields: Partial<AlertmanagerConfig> = {}): AlertmanagerConfig {
  return alertmanagerConfig({ path_prefix: config, ...fields, discovery: [{ mechanism, config }] })
}

const url = (host: string, prefix: string): string => `http://${host}/${prefix}/api/v2/alerts`

describe('a config of the Notifier', () => {
  it.each(commitOrders)(
    'takes effect with its groups where the notifier runs before it, committed by %s',
    async (order) => {
      const { notifier, take, running, stop } = notifierOf({}, order)
      const over = running()
      take(configOf([section('a')]), [['a']])
      expect(notifier.health().map((loop) => loop.url)).toEqual([url('a', 'a')])
      await stop(over)
    },
  )

  it.each(commitOrders)(
    'takes effect with its groups where the notifier starts while it is prepared, committed by %s',
    async (order) => {
      const { notifier, discovery, take, running, stop } = notifierOf()
      take(configOf([section('a'), section('b')]), [['a'], ['b']])
      const prepared = notifier.prepare(configOf([section('b'), section('c')]))
      const over = running()
      const seen: unknown[] = []
      const look = (): void => {
        seen.push(notifier.alertmanagers().active.map((one) => one.url))
      }
      look()
      if (order === 'the notifier first') prepared.commit()
      look()
      discovery.commit([['b'], ['c']])
      look()
      if (order === 'discovery first') prepared.commit()
      look()
      const before = [url('a', 'a'), url('b', 'b')]
      const after = [url('b', 'b'), url('c', 'c')]
      // The list is in the order of the config; nothing else changes before both have committed.
      expect(seen.map((urls) => (urls as string[]).toSorted())).toEqual(
        order === 'the notifier first'
          ? [before, before, after, after]
          : [before, before, before, after],
      )
      await stop(over)
    },
  )

  it('that is committed without discovery waits for the next generation', async () => {
    const { notifier, discovery, transports, take, alerts, delivered, running, stop } = notifierOf()
    take(configOf([section('a'), section('b')]), [['a'], ['b']])
    const over = running()
    notifier
      .prepare(configOf([section('b', { timeout: 1 }), section('a', { timeout: 1 })]))
      .commit()
    // What discovery finds until then is found for the sections before.
    discovery.find(0, 'a2')
    alerts(1)
    await settle()
    expect(delivered()).toEqual({ a2: '1', b: '1' })
    expect(transports.map(({ posts }) => posts.length)).toEqual([1, 1, 0, 0])
    discovery.commit([['b'], ['a']])
    alerts(2)
    await settle()
    expect(transports.map(({ posts }) => posts.map((post) => post.url))).toEqual([
      [url('a2', 'a')],
      [url('b', 'b')],
      [url('b', 'b')],
      // An Alertmanager that is new to the section gets everything that is valid.
      [url('a', 'a'), url('a', 'a')],
    ])
    await stop(over)
  })

  it('that never took effect is closed when the next one is committed, or the notifier ends', async () => {
    const { notifier, transports, take, running, stop } = notifierOf()
    take(configOf([section('a')]), [['a']])
    const over = running()
    const again = (timeout: number): void =>
      notifier.prepare(configOf([section('a', { timeout }), section('b', { timeout })])).commit()
    again(1)
    again(2)
    await settle()
    expect(transports.map(({ isClosed }) => isClosed)).toEqual([false, true, false, false, false])
    await stop(over)
    expect(transports.map(({ isClosed }) => isClosed)).toEqual(Array(5).fill(true))
  })

  it('lives on over commits of discovery alone', async () => {
    const { notifier, discovery, transports, take, running, stop } = notifierOf()
    take(configOf([section('a')]), [['a']])
    const over = running()
    discovery.commit([['a2']])
    discovery.commit([['a3']])
    expect(notifier.health().map((loop) => loop.url)).toEqual([url('a3', 'a')])
    expect(transports).toHaveLength(1)
    await stop(over)
  })

  it('that is discarded changes nothing, though discovery went on alone meanwhile', async () => {
    const { notifier, discovery, transports, take, running, stop } = notifierOf()
    take(configOf([section('a')]), [['a']])
    const over = running()
    const prepared = notifier.prepare(configOf([section('b')]))
    discovery.commit([['a2']])
    expect(transports[1]?.posts).toEqual([])
    prepared.discard()
    expect(notifier.health().map((loop) => loop.url)).toEqual([url('a2', 'a')])
    await settle()
    expect(transports.map(({ isClosed }) => isClosed)).toEqual([false, true])
    await stop(over)
  })

  it('that is committed after the stop changes nothing, and is closed', async () => {
    const { notifier, transports, take, running, stop } = notifierOf()
    take(configOf([section('a')]), [['a']])
    const over = running()
    const prepared = notifier.prepare(configOf([section('b')]))
    await stop(over)
    prepared.commit()
    await settle()
    expect(transports.map(({ isClosed }) => isClosed)).toEqual([true, true])
    expect(notifier.health()).toEqual([])
  })

  it('takes effect at once for static Alertmanagers', async () => {
    const { notifier, transports, alerts, running, stop } = notifierOf({
      updates: staticAlertmanagers(['am']),
    })
    const configure = (timeout: number): void =>
      notifier.prepare(configOf([alertmanagerConfig({ timeout })])).commit()
    configure(1)
    const over = running()
    alerts(1)
    await settle()
    configure(2)
    alerts(2)
    await settle()
    expect(transports.map(({ posts }) => posts.map(({ numbers }) => numbers))).toEqual([
      [['1']],
      [['2']],
    ])
    expect(transports.map(({ isClosed }) => isClosed)).toEqual([true, false])
    await stop(over)
  })
})
