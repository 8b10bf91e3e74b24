import { Registry } from 'prom-client'
import {
  type DiscoveryConfig,
  DiscoveryManager,
  discoveryMetrics,
} from '../../src/discovery/index.js'
import type { DiscoveryManagerOptions, TargetUpdate } from '../../src/discovery/index.js'
import { labelValue } from '../../src/labels/index.js'
import type { LogFields, Logger } from '../../src/telemetry/index.js'
import { standingTurns } from '../waiting/hand-clock.js'
import { ScriptedMechanism } from './scripted-mechanism.js'
import { FakeClock } from '../../src/testing/discovery/index.js'

type HarnessOptions = Pick<DiscoveryManagerOptions, 'guard' | 'state' | 'turns'> & {
  readonly scheduler?: FakeClock
}

/** A manager over a scripted mechanism, with a clock that the test moves. */
export class Harness {
  readonly mechanism = new ScriptedMechanism()
  readonly registry = new Registry()
  readonly scheduler: FakeClock
  readonly logged: string[] = []
  readonly logger: Logger = recordingLogger(this.logged)
  readonly manager: DiscoveryManager
  /** Everything the first subscriber was told, in short. */
  readonly told: string[] = []
  /** What a consumer has after all updates: set, key, addresses. */
  readonly seen = new Map<string, Map<string, string>>()
  readonly done: Promise<void>

  constructor(options: HarnessOptions = {}) {
    this.scheduler = options.scheduler ?? new FakeClock()
    this.manager = new DiscoveryManager({
      name: 'scrape',
      metrics: discoveryMetrics(this.registry),
      random: () => 1,
      turns: standingTurns(),
      logger: this.logger,
      ...options,
      scheduler: this.scheduler,
    })
    this.manager.updates.subscribe((update) => {
      if (!this.seen.has(update.set) || isNews(update)) this.told.push(brief(update))
      this.#keep(update)
    })
    this.done = this.manager.execute()
  }

  /** Takes a config as a reload does; a set's configs are texts. */
  load(sets: Readonly<Record<string, readonly string[]>>): void {
    const prepared = this.manager.prepare(
      new Map(
        Object.entries(sets).map(([set, configs]) => [set, configs.map((c) => this.config(c))]),
      ),
    )
    prepared.commit()
  }

  config(config: unknown): DiscoveryConfig {
    return { mechanism: this.mechanism, config }
  }

  /** The told updates since the last call. */
  news(): readonly string[] {
    return this.told.splice(0)
  }

  async metric(name: string): Promise<Record<string, number>> {
    const found = await this.registry.getSingleMetric(name)?.get()
    return Object.fromEntries(
      (found?.values ?? []).map(({ labels, value }) => [
        Object.values(labels).map(String).join(','),
        value,
      ]),
    )
  }

  #keep({ set, changes, removed }: TargetUpdate): void {
    if (removed) this.seen.delete(set)
    else {
      const groups = this.seen.get(set) ?? new Map<string, string>()
      this.seen.set(set, groups)
      for (const [key, group] of changes) {
        if (group === undefined) groups.delete(key)
        else groups.set(key, addresses(group.targets))
      }
    }
  }
}

/** Whether an update says more than that its set has another generation. */
const isNews = (update: TargetUpdate): boolean => update.changes.size > 0 || update.removed === true

/** `job: scripted/0/a=1.1.1.1:80 scripted/0/b=gone`, or `job: removed`. */
export function brief({ set, changes, removed }: TargetUpdate): string {
  const parts = [...changes].map(
    ([key, group]) => `${key}=${group === undefined ? 'gone' : addresses(group.targets)}`,
  )
  return [`${set}:`, ...parts, ...(removed ? ['removed'] : [])].join(' ')
}

function addresses(targets: readonly Readonly<Record<string, string>>[]): string {
  return targets.map((target) => labelValue(target, '__address__')).join('+')
}

export function recordingLogger(lines: string[], own: LogFields = {}): Logger {
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      const { err } = { ...own, ...fields } as { err?: unknown }
      lines.push(`${level} ${message}${err instanceof Error ? `: ${err.message}` : ''}`)
    }
  return {
    debug() {},
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => recordingLogger(lines, { ...own, ...fields }),
  }
}
