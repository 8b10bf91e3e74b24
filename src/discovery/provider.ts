import {
  defer,
  EMPTY,
  map,
  merge,
  NEVER,
  Observable,
  retry,
  type SchedulerLike,
  Subject,
  type Subscriber,
  takeUntil,
  throwError,
  timer,
} from 'rxjs'
import type { Logger } from '../telemetry/index.js'
import { backOffDelay, isPermanent } from './back-off.js'
import { batchParts, isLarge } from './batch-parts.js'
import { checkingGroups } from './check-groups.js'
import type { Discoverer } from './discoverer.js'
import { errorMessage } from './errors.js'
import { type GroupChanges, GroupStore } from './group-store.js'
import { Health } from './health.js'
import type { ManagerMetrics } from './manager-metrics.js'
import type { ProviderStatus } from './provider-status.js'
import type { DiscoveryConfig } from './set-config.js'
import type { TargetGroup } from './target-group.js'
import { once, type Steps, TaskQueue } from './task-queue.js'

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

/** What an answer of the discoverer came to, or a part of it; no changes are an answer too. */
export interface ProviderAnswer {
  readonly changes: GroupChanges
  /** Nothing of the answer is still to come. */
  readonly isLast: boolean
  /** It, or a part before it, has changes. */
  readonly hasChanged: boolean
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
  readonly #store = new GroupStore()
  readonly #health: Health
  #discoverer: Discoverer | undefined
  #buildError: { readonly error: unknown } | undefined
  readonly #live = new Subject<void>()
  #staleSince: number | undefined
  /** Something could not be asked for: what an answer does not name may still be there. */
  #isPartial = false
  /** Groups from before, which the answers since a partial first one have not named. */
  #unconfirmed: Set<string> = new Set()
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
    return this.#store.groups
  }

  /** The number of its targets. */
  get targets(): number {
    return this.#store.targets
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
      staleSince: this.#staleSince,
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
    this.#store.take(groups, groups)
    this.#staleSince = asOf
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
    return this.#staleSince === undefined ? live : merge(this.#expiry(this.#staleSince), live)
  }

  /** Drops restored groups once they are too old. */
  #expiry(asOf: number): Observable<ProviderAnswer> {
    const { scheduler, restoredMaxAgeMs = Infinity } = this.#options
    const wait = asOf + restoredMaxAgeMs - scheduler.now()
    if (!Number.isFinite(wait)) return EMPTY
    return timer(Math.max(0, wait), scheduler).pipe(
      takeUntil(this.#live),
      map((): ProviderAnswer => {
        this.#staleSince = undefined
        return whole(this.#store.take([], []), 'expired')
      }),
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
    this.#isPartial = false
    this.#discoverer ??= this.#create()
    const { metrics } = this.#options
    const groups = this.#discoverer.groups()
    return new Observable((answers) => {
      const queue = new TaskQueue((error) => answers.error(error))
      this.#queue = queue
      this.#answers = answers
      let isFirst = true
      answers.add(() => queue.stop())
      answers.add(
        groups.subscribe({
          next: (batch) => {
            metrics.received()
            queue.do(this.#take(batch, isFirst, answers), isLarge(batch))
            isFirst = false
          },
          error: (error: unknown) =>
            queue.do(
              once(() => answers.error(error)),
              false,
            ),
          complete: () => {
            // A closed stream counts as received too, as in Prometheus.
            metrics.received()
            queue.do(
              once(() => answers.complete()),
              false,
            )
          },
        }),
      )
    })
  }

  /** The first answer names all groups, unless the discoverer says that it could not ask for all. */
  *#take(
    batch: readonly TargetGroup[],
    isFirst: boolean,
    answers: Subscriber<ProviderAnswer>,
  ): Steps {
    const all = yield* checkingGroups(batch)
    const parts = this.#options.isGuarded ? [all] : batchParts(all)
    const hadGroups = this.#store.groups.size > 0
    let hasChanged = false
    for (const [i, part] of parts.entries()) {
      const isLast = i === parts.length - 1
      const isWhole = isLast && isFirst && hadGroups && !this.#isPartial
      const changes = this.#store.take(part, isWhole ? all : undefined)
      hasChanged ||= changes.size > 0
      if (isLast) this.#taken(all, isFirst)
      answers.next({ changes, cause: 'answer', isLast, hasChanged })
      yield
    }
  }

  #taken(all: readonly TargetGroup[], isFirst: boolean): void {
    if (isFirst) this.#unconfirmed = new Set(this.#isPartial ? this.#store.groups.keys() : [])
    if (this.#unconfirmed.size > 0) {
      for (const { source } of all) this.#unconfirmed.delete(source)
    }
    this.#settleRestored()
    this.#updates += 1
    this.#health.succeeded()
  }

  /** All is well: what no answer has named by now is gone. */
  #confirm(): void {
    this.#isPartial = false
    if (this.#unconfirmed.size > 0) {
      const changes = this.#store.drop(this.#unconfirmed)
      this.#unconfirmed = new Set()
      this.#answers?.next(whole(changes, 'answer'))
    }
    if (this.#health.lastSuccess !== undefined) this.#settleRestored()
  }

  /** Once everything is confirmed, nothing is left of an earlier run. */
  #settleRestored(): void {
    if (this.#unconfirmed.size > 0) return
    this.#staleSince = undefined
    this.#live.next()
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
          this.#isPartial = true
          this.#health.failed(error, 'failing', nextTry)
        }),
      reportHealthy: () =>
        this.#inOrder(() => {
          this.#confirm()
          this.#health.succeeded()
        }),
      reportPartial: () =>
        this.#inOrder(() => {
          this.#isPartial = true
        }),
      countRequest: () => {
        this.#requests += 1
      },
    })
  }

  /** Does it after all answers that came before. */
  #inOrder(work: () => void): void {
    if (this.#queue.isIdle) work()
    else this.#queue.do(once(work), false)
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

function whole(changes: GroupChanges, cause: ProviderAnswer['cause']): ProviderAnswer {
  return { changes, cause, isLast: true, hasChanged: changes.size > 0 }
}
