import { Registry } from 'prom-client'
import { Subject } from 'rxjs'
import type { TargetGroup } from '../../src/discovery/groups/target-group.js'
import type { TargetUpdate } from '../../src/discovery/updates.js'
import type { Labels } from '../../src/labels/index.js'
import { type RelabelRule, relabelRule } from '../../src/relabel/index.js'
import type { Logger } from '../../src/telemetry/index.js'
import {
  type ListKind,
  type PoolChange,
  ScrapeManager,
  type ScrapeManagerOptions,
  type ScrapeJob,
} from '../../src/scrape/index.js'
import { standingTurns } from '../waiting/hand-clock.js'

/** A job with Prometheus' defaults, and what a test changes about it. */
export function jobWith(fields: Partial<ScrapeJob> = {}): ScrapeJob {
  return {
    job_name: 'job',
    scrape_interval: 60_000,
    scrape_timeout: 10_000,
    metrics_path: '/metrics',
    scheme: 'http',
    params: {},
    relabel_configs: [],
    target_limit: 0,
    keep_dropped_targets: 0,
    metric_name_validation_scheme: 'utf8',
    ...fields,
  }
}

export function rules(...fields: readonly Partial<RelabelRule>[]): readonly RelabelRule[] {
  return fields.map(relabelRule)
}

/** A group of targets, given by their addresses or their labels. */
export function group(
  source: string,
  targets: readonly (string | Labels)[],
  labels: Labels = {},
): TargetGroup {
  const full = targets.map((target) =>
    typeof target === 'string' ? { __address__: target } : target,
  )
  return { source, labels, targets: full }
}

/** A logger that keeps its lines, those of its children included: level, message, fields. */
export function recordingLogger(lines: unknown[]): Logger {
  const at =
    (level: string) =>
    (...line: unknown[]): void => {
      lines.push([level, ...line])
    }
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  }
  return logger
}

type Changes = readonly (TargetGroup | string)[]

/** A running manager whose discovery the test plays. */
export class Stage {
  readonly manager: ScrapeManager
  readonly registry = new Registry()
  readonly changes: PoolChange[] = []
  readonly done: Promise<void>
  readonly #updates = new Subject<TargetUpdate>()
  #generation = 0

  constructor(jobs: readonly ScrapeJob[], options: Partial<ScrapeManagerOptions> = {}) {
    this.manager = new ScrapeManager({
      updates: this.#updates,
      registry: this.registry,
      random: () => 0.5,
      turns: standingTurns(),
      ...options,
    })
    this.manager.changes.subscribe((change) => this.changes.push(change))
    this.configure(jobs)
    this.done = this.manager.execute()
  }

  configure(jobs: readonly ScrapeJob[]): void {
    this.manager.prepare(jobs).commit()
  }

  /** Discovery sends these groups; a key without one is gone. */
  discover(set: string, ...groups: Changes): void {
    const changes = new Map(
      groups.map((one) => (typeof one === 'string' ? [one, undefined] : [one.source, one])),
    )
    this.#updates.next({ set, generation: this.#generation, changes })
  }

  removeSet(set: string): void {
    this.#updates.next({ set, generation: this.#generation, changes: new Map(), removed: true })
  }

  /** Discovery commits a new config: every set of it gets an update, with or without changes. */
  commitSets(sets: Readonly<Record<string, Changes>>, ...removed: readonly string[]): void {
    this.#generation += 1
    for (const set of removed) this.removeSet(set)
    for (const [set, changes] of Object.entries(sets)) this.discover(set, ...changes)
  }

  failDiscovery(error: Error): void {
    this.#updates.error(error)
  }

  get isFollowed(): boolean {
    return this.#updates.observed
  }

  /** Waits until every change is shown. */
  async settled(): Promise<void> {
    while (!this.manager.isSettled) await new Promise((resolve) => setImmediate(resolve))
  }

  /** The public labels of the active targets, in order, as short texts. */
  active(pool = 'job'): readonly string[] {
    return this.#entries(pool, 'active')
      .map(({ labels }) => text(labels))
      .sort()
  }

  dropped(pool = 'job'): readonly string[] {
    return this.#entries(pool, 'dropped').map(({ discoveredLabels }) => text(discoveredLabels))
  }

  entry(pool = 'job'): Readonly<Record<string, unknown>> {
    return { ...this.#entries(pool, 'active')[0] }
  }

  httpSd(stage: ListKind, pool = 'job'): readonly unknown[] {
    const texts = [...(this.manager.pool(pool)?.list(stage) ?? [])]
    return JSON.parse(`[${texts.join(',')}]`) as readonly unknown[]
  }

  #entries(
    pool: string,
    kind: 'active' | 'dropped',
  ): readonly { labels: Labels; discoveredLabels: Labels }[] {
    const pieces = [...(this.manager.pool(pool)?.list(kind) ?? [])]
    return JSON.parse(`[${pieces.join(',')}]`) as { labels: Labels; discoveredLabels: Labels }[]
  }
}

function text(labels: Labels): string {
  return Object.entries(labels)
    .filter(([name]) => name !== 'job' && !name.startsWith('__scrape'))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}
