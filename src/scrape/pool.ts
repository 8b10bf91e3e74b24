import type { TargetGroup } from '../discovery/groups/target-group.js'
import type { GroupKey, TargetUpdate } from '../discovery/updates.js'
import type { Labels } from '../labels/index.js'
import {
  checkSteps,
  type PlainRule,
  plainRule,
  type RelabelStep,
  type RelabelThread,
  RelabelWorkError,
} from '../relabel/index.js'
import type { Logger } from '../telemetry/index.js'
import type { ConfiguredJob } from './configured-jobs.js'
import type { ScrapeJob } from './job.js'
import type { GlobalHost } from './lists/elements.js'
import { firstDropped, type ListPart } from './lists/list-part.js'
import type { SelectionCache } from './lists/name-selections.js'
import { type ListKind, type PartOfPool, PoolList } from './lists/pool-list.js'
import type { SdForm } from './lists/sd-elements.js'
import type { ScrapeMetrics } from './metrics.js'
import type { PoolObserver } from './pool-observer.js'
import { PoolState, type UpdateChanges } from './pool-state.js'
import type { CompiledJob } from './targets/compiled-job.js'
import type { HttpSdLosses } from './targets/http-sd-losses.js'
import type { Target } from './targets/target.js'
import type { TargetFailures } from './targets/target-builder.js'
import type { WaitingSteps } from '../waiting/turns.js'

export interface ScrapePoolOptions {
  readonly logger: Logger
  readonly metrics: ScrapeMetrics
  readonly globalHost: GlobalHost
  readonly observer?: PoolObserver | undefined
  /** Shared by all pools. */
  readonly selections: SelectionCache
  /** Relabels the targets that rules take too long for. */
  readonly thread: RelabelThread
  /** Explains what rules do that take too long: for those who ask, who hold up no pool. */
  readonly explaining: RelabelThread
  /** Seconds, from any fixed point. */
  readonly now: () => number
  /** Begins every version of the pool; no other pool has it, nor one of another run of the process. */
  readonly versionPrefix: string
}

/** Of these a job may have others without having other targets. */
const limits = ['target_limit', 'keep_dropped_targets'] as const

/** An active target together with its labels before relabelling, none where they are too long to be shown. */
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
  readonly #options: ScrapePoolOptions
  /** As configured now; the targets may still be those of the version before. */
  #configured: ConfiguredJob
  #state: PoolState
  #lossesBefore: HttpSdLosses = { leftOut: 0, comesBack: 0 }
  /** Counts what changes every list as a whole. */
  #revision = 0

  constructor(configured: ConfiguredJob, options: ScrapePoolOptions) {
    this.name = configured.job.job_name
    this.#options = options
    this.#configured = configured
    this.#state = new PoolState(configured.compiled, options)
    options.metrics.started(this.name)
  }

  /** The job as it is configured now; targets may still be those of the one before. */
  get job(): ScrapeJob {
    return this.#configured.job
  }

  /** Another text whenever one of the lists would be another. */
  get version(): string {
    const { versionPrefix } = this.#options
    return `${versionPrefix}-${String(this.#revision)}-${String(this.#state.version)}`
  }

  /** How many different targets are active. */
  get activeCount(): number {
    return this.#state.counts.active
  }

  /** How many targets the rules dropped, kept or not. */
  get droppedCount(): number {
    return this.#state.counts.dropped
  }

  /** Of how many active targets `/http_sd/<job>` cannot say every label. */
  get httpSdLosses(): HttpSdLosses {
    const { leftOut, comesBack } = this.#state.losses
    return { leftOut, comesBack }
  }

  /** Why every target fails; empty when none does. */
  get error(): string {
    const { target_limit: limit } = this.job
    const { active } = this.#state.counts
    if (limit === 0 || active <= limit) return ''
    return `target_limit exceeded (number of targets: ${String(active)}, limit: ${String(limit)})`
  }

  /** What the lists are made of, as it is now. */
  parts(): readonly ListPart[] {
    return this.#state.parts()
  }

  /** Every active target once. To be read in one turn of the event loop, or while nothing changes. */
  *targets(): Generator<ActiveTarget> {
    for (const group of this.#state.groups.values()) {
      if (group.targets === undefined) continue
      const { compiled, discovered, active, activeAt } = group.targets
      const labels = compiled.labelsOf(discovered)
      for (const [i, target] of active.entries()) {
        if (!target.isListedBy(group)) continue
        const found = labels.discovered(activeAt[i] ?? 0)
        yield { target, discovered: found?.list.labels(found.values) ?? {} }
      }
    }
  }

  /** The discovered labels of the dropped targets that are kept. To be read like the active ones. */
  *droppedTargets(): Generator<Labels> {
    let left = this.job.keep_dropped_targets || Infinity
    for (const { targets } of this.#state.groups.values()) {
      if (targets === undefined) continue
      const labels = targets.compiled.labelsOf(targets.discovered)
      for (const at of targets.dropped) {
        if (left === 0) return
        left -= 1
        const found = labels.discovered(at)
        yield found?.list.labels(found.values) ?? {}
      }
    }
  }

  /**
   * The elements of `activeTargets` or `droppedTargets`, or those of an http_sd answer with final
   * (`relabeled`) or discovered labels (`raw`, `unseeded`), or of the Target Allocator's (`allocated`), as JSON:
   * what the pool is now, to be read later.
   * @param form that of an http_sd answer; left out: each target a group of its own
   * @param part some of its targets; left out: all
   */
  list(kind: ListKind, form?: SdForm, part?: PartOfPool): PoolList {
    const { globalHost, selections } = this.#options
    const { keep_dropped_targets: kept } = this.job
    const parts = this.#state.parts()
    const all = kind === 'dropped' && kept > 0 ? firstDropped(parts, kept) : parts
    const shown = part ?? { name: '', parts: all }
    // The params of a URL are those the targets were made with.
    const { job } = this.#state.compiled
    return new PoolList(kind, shown, { job, globalHost, poolError: this.error, selections }, form)
  }

  /**
   * What each relabelling rule does to a label set, as the API shows it.
   * @throws {LabelSizeError} for labels that are too long, a rule that makes such ones, and steps that are
   * too long to be shown together
   * @throws {RelabelWorkError} when it takes too long to be done at once: see {@link explainBeside}
   */
  explain(labels: Labels): readonly ExplainedStep[] {
    return shownSteps(this.#state.compiled.explain(labels))
  }

  /**
   * Like {@link explain}, but where that takes too long it is done in a thread of its own.
   * @throws {RelabelWorkError} when it takes too long there as well, or others are waiting already
   */
  async explainBeside(labels: Labels): Promise<readonly ExplainedStep[]> {
    try {
      return this.explain(labels)
    } catch (error) {
      if (!(error instanceof RelabelWorkError)) throw error
      const { relabeler } = this.#state.compiled
      return shownSteps(await this.#options.explaining.explain(relabeler, labels))
    }
  }

  /** Takes changes of groups; may stop at every `yield`. */
  *sync(changes: UpdateChanges): WaitingSteps {
    const { observer, now } = this.#options
    const started = now()
    const failures = yield* this.#state.apply(changes, observer)
    this.#synced(started, failures)
    if (observer !== undefined) {
      yield* observer.synced(
        this.jobOfTargets,
        Array.from(changes, ([key]) => key),
      )
    }
  }

  /**
   * Takes the job as it is configured now, and changes of groups that come with it.
   * @returns the work this gives, if any
   */
  update(configured: ConfiguredJob, changes: TargetUpdate['changes']): WaitingSteps | undefined {
    const before = this.#configured
    this.#configured = configured
    if (configured.compiled !== before.compiled) return this.#reload(configured.compiled, changes)
    const isLimited = limits.some((key) => before.job[key] !== configured.job[key])
    if (isLimited) this.#revision += 1
    return isLimited || changes.size > 0 ? this.sync(changes) : undefined
  }

  /** Frees what the pool holds outside itself. */
  close(): void {
    const { observer, metrics } = this.#options
    observer?.removed(this.#state.groups, this.jobOfTargets)
    metrics.forget(this.name)
  }

  /** Groups that are gone go first, and new ones come last: each is relabelled only once. */
  *#reload(compiled: CompiledJob, changes: UpdateChanges): WaitingSteps {
    const all = [...changes]
    const gone = all.filter(([, group]) => group === undefined)
    if (gone.length > 0) yield* this.sync(gone)
    yield* this.#rebuild(compiled)
    if (gone.length < all.length) yield* this.sync(all.filter(([, group]) => group !== undefined))
  }

  /** Makes all targets again by another version of the job, and shows them all at once. */
  *#rebuild(compiled: CompiledJob): WaitingSteps {
    const { observer, metrics, now } = this.#options
    const started = now()
    const before = this.#state
    // A reload that is discarded late leads back to the version that made the targets there are.
    if (before.compiled === compiled) return
    const next = new PoolState(compiled, this.#options)
    const failures = yield* next.apply(this.#discoveredFor(compiled))
    if (compiled !== this.#configured.compiled) {
      // A still newer version is on its way: what this one made is never shown.
      this.#report(failures)
      return
    }
    this.#state = next
    this.#revision += 1
    metrics.poolReloads.inc()
    this.#synced(started, failures)
    if (observer !== undefined) {
      yield* observer.rebuilt(before.groups, next.groups, this.jobOfTargets)
    }
  }

  /** All groups as discovery gave them; ends early when another version of the job is configured. */
  *#discoveredFor(compiled: CompiledJob): Generator<readonly [GroupKey, TargetGroup]> {
    for (const [key, { targets }] of this.#state.groups) {
      if (compiled !== this.#configured.compiled) return
      if (targets !== undefined) yield [key, targets.discovered]
    }
  }

  /** The latest version of the job that makes the targets there are. */
  get jobOfTargets(): ScrapeJob {
    const { compiled } = this.#state
    return compiled === this.#configured.compiled ? this.job : compiled.job
  }

  #synced(started: number, failures: TargetFailures): void {
    const { metrics, now } = this.#options
    this.#report(failures)
    metrics.synced(this.name, now() - started, this.activeCount, this.job.target_limit)
    this.#reportLosses()
  }

  /** In the metrics each time; in the log when there come to be some. */
  #reportLosses(): void {
    const { metrics, logger } = this.#options
    const before = this.#lossesBefore
    const losses = this.httpSdLosses
    this.#lossesBefore = losses
    metrics.httpSdLosses(this.name, losses)
    if (before.leftOut === 0 && losses.leftOut > 0) {
      logger.warn('Targets have a label without a name, which http_sd leaves out', {
        scrape_pool: this.name,
        targets: losses.leftOut,
      })
    }
    if (before.comesBack === 0 && losses.comesBack > 0) {
      logger.info('Rules take a label away that comes back at consumers of http_sd', {
        scrape_pool: this.name,
        targets: losses.comesBack,
      })
    }
  }

  #report({ faults, count }: TargetFailures): void {
    if (count === 0) return
    const { metrics, logger } = this.#options
    metrics.targetsFailed(this.name, count)
    for (const err of faults)
      logger.error('Creating target failed', { scrape_pool: this.name, err })
    const more = count - faults.length
    if (more === 0) return
    logger.error('Creating more targets failed', { scrape_pool: this.name, count: more })
  }
}

function shownSteps(steps: readonly RelabelStep[]): readonly ExplainedStep[] {
  checkSteps(steps)
  return steps.map(({ rule, output, keep }) => ({ rule: plainRule(rule), output, keep }))
}
