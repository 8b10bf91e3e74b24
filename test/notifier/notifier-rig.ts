import { Registry } from 'prom-client'
import { Observable, Subject } from 'rxjs'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import type { TargetGroup, TargetUpdate } from '../../src/discovery/index.js'
import type { Labels } from '../../src/labels/index.js'
import {
  type AlertmanagerConfig,
  Notifier,
  type NotifierConfig,
  type NotifierOptions,
  setName,
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

/** Which part of a reload commits first. */
export type CommitOrder = 'the notifier first' | 'discovery first'
export const commitOrders: readonly CommitOrder[] = ['the notifier first', 'discovery first']

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

/** The sets of a discovery manager, without providers: the test says what is found. */
class ScriptedDiscovery {
  readonly updates: Observable<TargetUpdate>
  readonly #subject = new Subject<TargetUpdate>()
  readonly #sets = new Map<string, TargetGroup>()
  #generation = 0

  constructor() {
    this.updates = new Observable((subscriber) => {
      for (const [set, group] of this.#sets) subscriber.next(this.#update(set, group))
      return this.#subject.subscribe(subscriber)
    })
  }

  /** These are the targets of a set now, as one group. */
  find(index: number, ...addresses: readonly string[]): void {
    const targets = addresses.map((address) => ({ __address__: address }))
    const group = { source: 'g', labels: {}, targets }
    this.#sets.set(setName(index), group)
    this.#subject.next(this.#update(setName(index), group))
  }

  /**
   * Begins a generation: one update for each of its sets, and for each set that is gone.
   * @param found the addresses of each set; undefined where they are as before
   */
  commit(found: readonly (readonly string[] | undefined)[]): void {
    this.#generation += 1
    const generation = this.#generation
    for (const set of [...this.#sets.keys()].slice(found.length)) {
      this.#sets.delete(set)
      this.#subject.next({ set, generation, changes: new Map(), removed: true })
    }
    for (const [i, addresses] of found.entries()) {
      const set = setName(i)
      if (addresses !== undefined) this.find(i, ...addresses)
      else if (this.#sets.has(set)) this.#subject.next({ set, generation, changes: new Map() })
      else this.find(i)
    }
  }

  fail(error: unknown): void {
    this.#subject.error(error)
  }

  complete(): void {
    this.#subject.complete()
  }

  #update(set: string, group: TargetGroup): TargetUpdate {
    return { set, generation: this.#generation, changes: new Map([[group.source, group]]) }
  }
}

/** A notifier whose discovery and HTTP are the test's, and what tests do to it and ask it. */
export function notifierOf(
  options: Partial<NotifierOptions> = {},
  order: CommitOrder = 'the notifier first',
) {
  const discovery = new ScriptedDiscovery()
  const transports: ScriptedTransport[] = []
  const registry = new Registry()
  const logger = recordingLogger()
  const notifier = new Notifier({
    updates: discovery.updates,
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
  /** Reloads the notifier and discovery. @param found see {@link ScriptedDiscovery.commit} */
  const take = (config: NotifierConfig, found: readonly (readonly string[])[] = []): void => {
    const prepared = notifier.prepare(config)
    const sections = config.alerting.alertmanagers
    if (order === 'the notifier first') prepared.commit()
    discovery.commit(sections.map((_, i) => found[i]))
    if (order === 'discovery first') prepared.commit()
  }
  const alerts = (...numbers: readonly number[]): void => {
    notifier.send(numbers.map((n) => ({ labels: { n: String(n) } })))
  }
  /** What each host was sent, in order. */
  const delivered = (): Readonly<Record<string, string>> => {
    const byHost = new Map<string, string[]>()
    for (const { url, numbers } of transports.flatMap(({ posts }) => posts)) {
      const host = new URL(url).host
      byHost.set(host, [...(byHost.get(host) ?? []), ...numbers])
    }
    return Object.fromEntries([...byHost].map(([host, numbers]) => [host, numbers.join(' ')]))
  }
  const running = (): Promise<void> => {
    const over = notifier.execute()
    over.catch(() => undefined)
    return over
  }
  const stop = async (over: Promise<void>): Promise<void> => {
    notifier.interrupt()
    // What an Alertmanager does not take is tried for as long as that.
    await vi.advanceTimersByTimeAsync(options.drainTimeoutMs ?? 10_000)
    await over
    expect(vi.getTimerCount()).toBe(0)
  }
  return {
    notifier,
    discovery,
    transports,
    registry,
    logger,
    take,
    alerts,
    delivered,
    running,
    stop,
  }
}
