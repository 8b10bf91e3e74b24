import {
  defer,
  EMPTY,
  filter,
  map,
  merge,
  NEVER,
  Observable,
  retry,
  type SchedulerLike,
  type Subscriber,
  take,
  takeUntil,
  throwError,
  timer,
} from 'rxjs'
import type { Logger } from '../../telemetry/index.js'
import { backOffDelay, isPermanent } from '../../waiting/back-off.js'
import { isLarge } from '../groups/batch-parts.js'
import type { Discoverer } from '../mechanism.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { Health } from './health.js'
import type { ManagerMetrics } from '../metrics.js'
import { type BatchOutcome, ProviderGroups } from './provider-groups.js'
import type { ProviderStatus } from './provider-status.js'
import type { DiscoveryConfig } from '../mechanism.js'
import type { TargetGroup } from '../groups/target-group.js'
import { once, TaskQueue } from '../../waiting/task-queue.js'

/** Milliseconds. */
const retryExpiryMs = 1000

export interface ProviderOptions {
  /** `consul/0` */
  readonly name: string
  readonly source: DiscoveryConfig
  /** The target set that it was created for: names it in logs and metrics. */
  readonly set: string
  readonly logger: Logger
  readonly scheduler: SchedulerLike
  readonly random: () => number
  readonly metrics: ManagerMetrics
  /** How long it may go on with restored groups before a live answer; milliseconds. */
  readonly restoredMaxAgeMs?: number
  /** A loss of targets is weighed by the whole answer: it must come in one part. */
  readonly isGuarded: boolean
  /** Its state, or the error behind it, changed. */
  readonly onStatus: (provider: Provider) => void
}

/** What an answer of the discoverer came to, or a part of it. */
export interface ProviderAnswer extends BatchOutcome {
  /** `expired`: it was not an answer, but restored groups that became too old. */
  readonly cause: 'answer' | 'expired'
}

/** One discoverer at work: builds it, restarts it after errors, keeps its groups and its health. */
export class Provider {
  readonly name: string
  readonly source: DiscoveryConfig
  readonly set: string
  /** The sets that subscribe to it; the manager's to change. */
  sets: readonly string[] = []
  readonly #options: ProviderOptions
  readonly #logger: Logger
  readonly #groups: ProviderGroups
  readonly #health: Health
  #discoverer: Discoverer | undefined
  #buildError: { readonly error: unknown } | undefined
  /** What the discoverer says, in its order. */
  #queue = new TaskQueue(() => {})
  #answers: Subscriber<ProviderAnswer> | undefined
  #updates = 0
  #requests = 0

  constructor(options: ProviderOptions) {
    const { name, source, set, metrics } = options
    this.name = name
    this.source = source
    this.set = set
    this.#options = options
    this.#groups = new ProviderGroups(!options.isGuarded)
    this.#logger = options.logger.child({ discovery: source.mechanism.name, config: set })
    this.#health = new Health(options.scheduler, {
      succeeded: (at) => metrics.providerSucceeded(name, set, at),
      failed: () => metrics.providerFailed(name, set),
      changed: () => {
        metrics.providerHealthy(name, set, this.#health.state === 'running')
        options.onStatus(this)
      },
    })
  }

  get groups(): ReadonlyMap<string, TargetGroup> {
    return this.#groups.all
  }

  /** The number of its targets. */
  get targets(): number {
    return this.#groups.targets
  }

  /** An answer is being worked in. */
  get isBusy(): boolean {
    return !this.#queue.isIdle
  }

  /** There is no discoverer: it could not be built. */
  get isUnbuilt(): boolean {
    return this.#discoverer === undefined
  }

  get status(): ProviderStatus {
    const { state, lastSuccess, lastError, consecutiveFailures, failures, nextTry } = this.#health
    return {
      name: this.name,
      mechanism: this.source.mechanism.name,
      sets: this.sets,
      state,
      lastSuccess,
      lastError,
      consecutiveFailures,
      failures,
      nextTry,
      groups: this.groups.size,
      targets: this.targets,
      updates: this.#updates,
      requests: this.#requests,
      staleSince: this.#groups.staleSince,
    }
  }

  /** Builds the discoverer ahead of {@link answers}; if it cannot be built, `answers` tries again. */
  build(): void {
    try {
      this.#discoverer ??= this.#create()
    } catch (error) {
      // Told by the first attempt: before that nobody listens, and the config may yet be refused.
      this.#buildError = { error }
    }
  }

  /**
   * Gives it groups from an earlier run, to go on with until its first live answer, which replaces
   * them all. Before {@link answers} only.
   * @param asOf when they were good; milliseconds since 1970
   */
  restore(groups: readonly TargetGroup[], asOf: number): void {
    this.#groups.restore(groups, asOf)
  }

  /**
   * Its answers. Subscribing starts the discoverer, unsubscribing stops it. Never errors: after an
   * error it waits and starts the discoverer again, and keeps its groups meanwhile. Completes when the
   * discoverer does.
   */
  answers(): Observable<ProviderAnswer> {
    const live = defer(() => this.#attempt()).pipe(
      retry({ delay: (error: unknown) => this.#pause(error) }),
    )
    const { staleSince } = this.#groups
    return staleSince === undefined ? live : merge(this.#expiry(staleSince), live)
  }

  /** Drops restored groups once they are too old. */
  #expiry(asOf: number): Observable<ProviderAnswer> {
    const { scheduler, restoredMaxAgeMs = Infinity } = this.#options
    const wait = asOf + restoredMaxAgeMs - scheduler.now()
    if (!Number.isFinite(wait)) return EMPTY
    // What is being worked in at that moment may be the answer that makes them live.
    return timer(Math.max(0, wait), retryExpiryMs, scheduler).pipe(
      takeUntil(this.#groups.live),
      filter(() => !this.isBusy),
      take(1),
      map((): ProviderAnswer => ({ ...this.#groups.expire(), cause: 'expired' })),
    )
  }

  /** It was unsubscribed from for good. */
  retire(): void {
    this.#health.stopped()
  }

  #attempt(): Observable<ProviderAnswer> {
    this.#health.trying()
    const known = this.#buildError
    this.#buildError = undefined
    if (known !== undefined) return throwError(() => known.error)
    this.#groups.begin()
    this.#discoverer ??= this.#create()
    const { metrics } = this.#options
    const discovered = this.#discoverer.groups()
    return new Observable((answers) => {
      const queue = new TaskQueue((error) => answers.error(error))
      this.#queue = queue
      this.#answers = answers
      let isFirst = true
      answers.add(() => queue.stop())
      answers.add(
        discovered.subscribe({
          next: (batch) => {
            metrics.received()
            const work = this.#groups.take(batch, isFirst, (outcome) => this.#took(outcome))
            queue.do(work, isLarge(batch))
            isFirst = false
          },
          error: (error: unknown) => queue.do(once(() => answers.error(error))),
          complete: () => {
            // A closed stream counts as received too, as in Prometheus.
            metrics.received()
            queue.do(once(() => answers.complete()))
          },
        }),
      )
    })
  }

  #took(outcome: BatchOutcome): void {
    if (outcome.isLast) {
      this.#updates += 1
      this.#health.succeeded()
    }
    this.#answers?.next({ ...outcome, cause: 'answer' })
  }

  #confirm(): void {
    const outcome = this.#groups.confirm()
    if (outcome.hasChanged) this.#answers?.next({ ...outcome, cause: 'answer' })
    if (this.#health.lastSuccess !== undefined) this.#groups.settleRestored()
  }

  #create(): Discoverer {
    const { source, set, scheduler, random, metrics } = this.#options
    return source.mechanism.create(source.config, {
      logger: this.#logger,
      set,
      scheduler,
      random,
      refreshMetrics: metrics.refresh(source.mechanism.name, set),
      reportError: (error, nextTry) =>
        this.#inOrder(() => {
          this.#groups.expectPartial()
          this.#health.failed(error, 'failing', nextTry)
        }),
      reportHealthy: () =>
        this.#inOrder(() => {
          this.#confirm()
          this.#health.succeeded()
        }),
      reportPartial: () => this.#inOrder(() => this.#groups.expectPartial()),
      countRequest: () => {
        this.#requests += 1
      },
    })
  }

  /** Does it after all answers that came before. */
  #inOrder(work: () => void): void {
    if (this.#queue.isIdle) work()
    else this.#queue.do(once(work))
  }

  #pause(error: unknown): Observable<unknown> {
    const { scheduler, random, source } = this.#options
    const isNews = errorMessage(error) !== this.#health.lastError?.message
    const state = this.isUnbuilt ? 'failed' : 'failing'
    const failures = this.#health.consecutiveFailures + 1
    const wait = isPermanent(error) ? undefined : backOffDelay(failures, error, random)
    this.#health.failed(error, state, wait === undefined ? undefined : scheduler.now() + wait)
    if (!this.isUnbuilt) this.#logger.error('Discovery failed, will start it again', { err: error })
    else if (isNews) {
      const type = source.mechanism.name
      this.#logger.error('Cannot create service discovery', { err: error, type })
    }
    return wait === undefined ? NEVER : timer(wait, scheduler)
  }
}
