import type { TargetGroup } from '../discovery/groups/target-group.js'
import type { GroupKey } from '../discovery/updates.js'
import type { Labels } from '../labels/index.js'
import { plainRule, type PlainRule } from '../relabel/index.js'
import type { Logger } from '../telemetry/index.js'
import type { Blueprint } from './blueprint.js'
import type { GlobalHost } from './entries.js'
import type { ScrapeJob } from './job.js'
import type { ScrapeMetrics } from './metrics.js'
import type { NameViews } from './name-view.js'
import type { ListKind, PoolList } from './pool-list.js'
import { poolList } from './pool-lists.js'
import { type PoolListener, PoolState } from './pool-state.js'
import type { PoolWatch } from './pool-watch.js'
import type { Target } from './target.js'

/** What pools share. */
export interface PoolSurroundings {
  readonly logger: Logger
  readonly metrics: ScrapeMetrics
  readonly globalHost: GlobalHost
  /** Gives whoever follows the targets of a pool. */
  readonly watch?: (pool: string) => PoolWatch
  readonly views: NameViews
  /** Seconds, from any fixed point. */
  readonly now: () => number
  /** Stands before every version, and is another one in every run of the process. */
  readonly epoch: string
}

// One bad rule can fail every target: after so many lines of one change the rest is counted.
const maxFailureLines = 50

/** An active target together with its labels before relabelling. */
export interface ActiveTarget {
  readonly target: Target
  readonly discovered: Labels
}

/** What one relabelling rule made of a label set. */
export interface ExplainedStep {
  readonly rule: PlainRule
  readonly output: Labels
  readonly keep: boolean
}

/** One job's targets after relabelling, active and dropped. */
export class ScrapePool {
  readonly name: string
  readonly #around: PoolSurroundings
  readonly #listener: PoolListener
  readonly #watch: PoolWatch | undefined
  #job: ScrapeJob
  #state: PoolState
  /** What targets are to be made with, now or as soon as they are. */
  #wanted: Blueprint
  #generation = 0
  #failures = 0

  constructor(blueprint: Blueprint, around: PoolSurroundings) {
    const { metrics, logger } = around
    this.name = blueprint.job.job_name
    this.#around = around
    const watch = around.watch?.(this.name)
    this.#watch = watch
    this.#listener = {
      failed: (err) => {
        metrics.targetFailed(this.name)
        this.#failures += 1
        if (this.#failures > maxFailureLines) return
        logger.error('Creating target failed', { scrape_pool: this.name, err })
      },
      ...(watch && {
        // What is made anew as a whole is told of as a whole.
        changed: (change) => (change.within === this.#state ? watch.changed(change) : undefined),
      }),
    }
    this.#job = blueprint.job
    this.#wanted = blueprint
    this.#state = new PoolState(blueprint, this.#listener)
    metrics.started(this.name)
  }

  /** The job as it is configured now; targets may still be those of the one before. */
  get job(): ScrapeJob {
    return this.#job
  }

  /** Another text whenever one of the lists would be another. */
  get version(): string {
    const { epoch } = this.#around
    return `${epoch}-${String(this.#generation)}-${String(this.#state.version)}`
  }

  /** How many different targets are active. */
  get activeCount(): number {
    return this.#state.counts.active
  }

  /** How many targets the rules dropped, kept or not. */
  get droppedCount(): number {
    return this.#state.counts.dropped
  }

  /** Why every target fails; empty when none does. */
  get error(): string {
    const { target_limit: limit } = this.#job
    const { active } = this.#state.counts
    if (limit === 0 || active <= limit) return ''
    return `target_limit exceeded (number of targets: ${String(active)}, limit: ${String(limit)})`
  }

  /** Every active target once. To be read in one turn of the event loop, or while nothing changes. */
  *targets(): Generator<ActiveTarget> {
    const { blueprint, slots } = this.#state
    for (const slot of slots.values()) {
      const { state } = slot
      if (state === undefined) continue
      const reader = blueprint.reader(state.group)
      for (const [i, target] of state.active.entries()) {
        if (!target.isShownBy(slot)) continue
        const { list, values } = reader.discovered(state.activeAt[i] ?? 0)
        yield { target, discovered: list.labels(values) }
      }
    }
  }

  /** The discovered labels of the dropped targets that are kept. To be read like the active ones. */
  *droppedTargets(): Generator<Labels> {
    const { blueprint, slots } = this.#state
    let left = this.#job.keep_dropped_targets || Infinity
    for (const { state } of slots.values()) {
      if (state === undefined) continue
      const reader = blueprint.reader(state.group)
      for (const at of state.dropped) {
        if (left === 0) return
        left -= 1
        const { list, values } = reader.discovered(at)
        yield list.labels(values)
      }
    }
  }

  /**
   * The elements of `activeTargets` or `droppedTargets`, or those of an http_sd answer with final
   * (`relabeled`) or discovered labels (`raw`), as JSON: what the pool is now, to be read later.
   */
  list(kind: ListKind): PoolList {
    const { globalHost, views } = this.#around
    // The params of a URL are those the targets were made with.
    const { job } = this.#state.blueprint
    const context = { job, globalHost, poolError: this.error, views }
    return poolList(kind, this.#state, context, this.#job.keep_dropped_targets)
  }

  /** What each relabelling rule does to a label set, as the API shows it. */
  explain(labels: Labels): readonly ExplainedStep[] {
    const steps = this.#state.blueprint.explain(labels)
    return steps.map(({ rule, output, keep }) => ({ rule: plainRule(rule), output, keep }))
  }

  /** Works in changed groups; may be left standing at every `yield`. */
  *sync(changed: readonly (readonly [GroupKey, TargetGroup | undefined])[]): Generator<void> {
    const started = this.#around.now()
    yield* this.#state.apply(changed)
    this.#synced(started)
    if (this.#watch === undefined) return
    const keys = changed.map(([key]) => key)
    yield* this.#watch.synced(this.#jobOfTargets, keys)
  }

  /**
   * Takes another version of the job.
   * @param blueprint what targets are made with; the one before where it makes the same targets
   * @returns the work this gives, if any
   */
  reconfigure(job: ScrapeJob, blueprint: Blueprint): Generator<void> | undefined {
    const before = this.#job
    this.#job = job
    if (blueprint !== this.#wanted) {
      this.#wanted = blueprint
      return this.#rebuild(blueprint)
    }
    const limits = ['target_limit', 'keep_dropped_targets'] as const
    return limits.some((key) => before[key] !== job[key]) ? this.#recount() : undefined
  }

  /** Makes all targets anew by another job, and shows them all at once when they are complete. */
  *#rebuild(blueprint: Blueprint): Generator<void> {
    const started = this.#around.now()
    const next = new PoolState(blueprint, this.#listener)
    for (const entry of this.#state.groups()) {
      yield* next.apply([entry])
      // A still newer job is on its way: what this one makes would be shown to nobody.
      if (this.#wanted !== blueprint) return
    }
    const before = this.#state
    this.#state = next
    this.#generation += 1
    this.#around.metrics.poolReloads.inc()
    this.#synced(started)
    if (this.#watch !== undefined) yield* this.#watch.rebuilt(before, next, this.#jobOfTargets)
  }

  *#recount(): Generator<void> {
    this.#generation += 1
    this.#synced(this.#around.now())
    yield
  }

  /** Frees what the pool holds outside itself. */
  close(): void {
    this.#watch?.removed(this.#state, this.#jobOfTargets)
    this.#around.metrics.forget(this.name)
  }

  /** The latest version of the job that makes the targets there are. */
  get #jobOfTargets(): ScrapeJob {
    const { blueprint } = this.#state
    return blueprint === this.#wanted ? this.#job : blueprint.job
  }

  #synced(started: number): void {
    const { metrics, now, logger } = this.#around
    const untold = this.#failures - maxFailureLines
    if (untold > 0) {
      logger.error('Creating more targets failed', { scrape_pool: this.name, count: untold })
    }
    this.#failures = 0
    metrics.synced(this.name, now() - started, this.activeCount, this.#job.target_limit)
  }
}
