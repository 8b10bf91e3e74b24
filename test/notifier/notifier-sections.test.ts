import { Registry } from 'prom-client'
import { describe, expect, it, vi } from 'vitest'
import type { AlertmanagerConfig } from '../../src/config/index.js'
import { DiscoveryManager, discoveryMetrics } from '../../src/discovery/index.js'
import { staticMechanism } from '../../src/mechanisms/static.js'
import { alertmanagerConfig, Notifier, setName } from '../../src/notifier/index.js'
import { relabelRule } from '../../src/relabel/index.js'
import { commitOrders, configOf, settle, start, useStandingClock } from './notifier-rig.js'
import { type ScriptedTransport, scriptedTransport } from './scripted-transport.js'

useStandingClock()

const mechanism = staticMechanism()
const names = ['a', 'b', 'c', 'd']

/** One section, as it may change from config to config: its hosts, its credentials. */
interface Section {
  readonly name: string
  readonly hosts: readonly string[]
  readonly password: number
}

function configOfSection({ name, hosts, password }: Section, labels: boolean): AlertmanagerConfig {
  const group = { targets: hosts.map((host) => ({ __address__: host })), labels: {} }
  const rule = relabelRule({ target_label: 'section', replacement: name })
  return alertmanagerConfig({
    discovery: [{ mechanism, config: [group] }],
    // A test reads from them for which section a client was made.
    path_prefix: name,
    timeout: 1000 + password,
    alert_relabel_configs: labels ? [rule] : [],
  })
}

/** A small linear congruential generator: the same story on every run. */
function diceOf(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (state * 1103515245 + 12345) % 2147483648
    return Math.floor((state / 2147483648) * sides)
  }
}

/** What goes from one list of sections to the next. */
function changed(sections: readonly Section[], dice: (sides: number) => number): Section[] {
  const next = sections.map((section) => {
    const { name } = section
    if (dice(4) === 0) return { ...section, password: section.password + 1 }
    const hosts = [`${name}-${String(dice(3))}`, `${name}-${String(dice(3))}`]
    return dice(4) === 0 ? { ...section, hosts } : section
  })
  if (dice(2) === 0) next.sort(() => dice(3) - 1)
  if (dice(3) === 0) next.splice(dice(next.length), 1)
  const absent = names.filter((name) => !next.some((section) => section.name === name))
  const name = absent[dice(absent.length)]
  if (name !== undefined && dice(2) === 0) {
    next.splice(dice(next.length + 1), 0, { name, hosts: [`${name}-0`], password: 0 })
  }
  return next
}

describe.each(commitOrders)('over many reloads that are committed by %s', (order) => {
  it.each([
    { name: 'whose rules make their alerts different', labels: true },
    { name: 'that get the same alerts', labels: false },
  ])('sections $name share neither alerts nor credentials', async ({ labels }) => {
    const dice = diceOf(labels ? 7 : 11)
    const clients: { readonly section: string; readonly transport: ScriptedTransport }[] = []
    let answers = 200
    const discovery = new DiscoveryManager({
      name: 'notify',
      metrics: discoveryMetrics(new Registry()),
    })
    const notifier = new Notifier({
      updates: discovery.updates,
      random: () => 0.5,
      createTransport(config) {
        const transport = scriptedTransport()
        transport.reply(() => (answers === 0 ? undefined : answers))
        clients.push({ section: config.path_prefix, transport })
        return transport
      },
    })
    const running = [discovery.execute()]
    const runNotifier = dice(2)
    let sections: readonly Section[] = []
    let sent = 0
    for (let step = 0; step < 120; step += 1) {
      if (step === runNotifier) running.push(notifier.execute())
      const next = changed(sections, dice)
      const configs = next.map((section) => configOfSection(section, labels))
      const alerting = notifier.prepare(configOf(configs))
      const sets = discovery.prepare(
        new Map(configs.map((config, i) => [setName(i), config.discovery])),
      )
      if (dice(5) === 0) for (const prepared of [alerting, sets]) prepared.discard()
      else {
        sections = next
        const parts = order === 'the notifier first' ? [alerting, sets] : [sets, alerting]
        for (const part of parts) part.commit()
      }
      if (dice(2) === 0) {
        sent += 1
        notifier.send([{ labels: { n: String(sent) }, endsAt: new Date(start + 3_600_000) }])
      }
      answers = [200, 200, 500, 0][dice(4)] ?? 200
      await vi.advanceTimersByTimeAsync(dice(3) * 150)
      const active = notifier.alertmanagers().active.map(({ url }) => new URL(url).host)
      const expected = sections.flatMap(({ hosts }) => [...new Set(hosts)])
      expect(active.toSorted()).toEqual(step < runNotifier ? [] : expected.toSorted())
    }
    answers = 200
    await vi.advanceTimersByTimeAsync(60_000)

    const posts = clients.flatMap(({ section, transport }) =>
      transport.posts.map((post) => ({ section, host: new URL(post.url).host, ...post })),
    )
    expect(posts.length).toBeGreaterThan(200)
    const strays = posts.filter(
      ({ section, host, body }) =>
        !host.startsWith(section) ||
        (labels && body.split(`"section":"${section}"`).length !== body.split('"labels"').length),
    )
    expect(strays).toEqual([])
    for (const host of sections.flatMap(({ hosts }) => hosts)) {
      const numbers = posts.filter((post) => post.host === host).flatMap((post) => post.numbers)
      expect(new Set(numbers).size).toBe(sent)
    }

    discovery.interrupt()
    notifier.interrupt()
    await Promise.all(running)
    await settle()
    expect(clients.map(({ transport }) => transport.isClosed)).not.toContain(false)
    expect(vi.getTimerCount()).toBe(0)
  })
})
