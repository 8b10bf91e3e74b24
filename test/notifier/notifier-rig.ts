import { Registry } from 'prom-client'
import { ReplaySubject, type Subject } from 'rxjs'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import type { TargetUpdate } from '../../src/discovery/index.js'
import type { Labels } from '../../src/labels/index.js'
import {
  type AlertmanagerConfig,
  Notifier,
  type NotifierConfig,
  type NotifierOptions,
} from '../../src/notifier/index.js'
import { recordingLogger } from './recording-logger.js'
import { type ScriptedTransport, scriptedTransport } from './scripted-transport.js'

/** When the clock of each test begins. */
export const start: number = Date.UTC(2026, 0, 1)

/** Each test of the file has a clock of its own that stands still. */
export function useStandingClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ now: start })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
}

/** Lets everything happen that is due now. */
export const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

/** A config with these sections of Alertmanagers. */
export function configOf(
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

/** The targets of one set, as one group. */
export function found(index: number, ...addresses: readonly string[]): TargetUpdate {
  const targets = addresses.map((address) => ({ __address__: address }))
  const set = `config-${String(index)}`
  return { set, generation: 1, changes: new Map([['g', { source: 'g', labels: {}, targets }]]) }
}

/** A notifier whose discovery and HTTP are the test's, and what tests do to it and ask it. */
export function notifierOf(options: Partial<NotifierOptions> = {}) {
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
