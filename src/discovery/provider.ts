import {
  defer,
  filter,
  map,
  NEVER,
  type Observable,
  retry,
  type SchedulerLike,
  tap,
  throwError,
  timer,
} from 'rxjs'
import type { Logger } from '../telemetry/index.js'
import { backOffDelay, isPermanent } from './back-off.js'
import { checkGroups } from './check-groups.js'
import type { Discoverer } from './discoverer.js'
import { errorMessage } from './errors.js'
import { type GroupChanges, GroupStore } from './group-store.js'
import { Health } from './health.js'
import type { ManagerMetrics } from './manager-metrics.js'
import type { ProviderStatus } from './provider-status.js'
import type { DiscoveryConfig } from './set-config.js'
import type { TargetGroup } from './target-group.js'

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
  /** Its state, or the error behind it, changed. */
  readonly onStatus: (provider: Provider) => void
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
  #updates = 0

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
    }
  }

  /** Builds the discoverer ahead of {@link changes}; if it cannot be built, `changes` tries again. */
  build(): void {
    try {
      this.#discoverer ??= this.#create()
    } catch (error) {
      // Told by the first attempt: before that nobody listens, and the config may yet be refused.
      this.#buildError = { error }
    }
  }

  /**
   * What changes in its groups. Subscribing starts the discoverer, unsubscribing stops it. Never
   * errors: after an error it waits and starts the discoverer again, and keeps its groups meanwhile.
   * Completes when the discoverer does.
   */
  changes(): Observable<GroupChanges> {
    return defer(() => this.#attempt()).pipe(
      retry({ delay: (error: unknown) => this.#pause(error) }),
      filter((changes) => changes.size > 0),
    )
  }

  /** It was unsubscribed from for good. */
  retire(): void {
    this.#health.stopped()
  }

  #attempt(): Observable<GroupChanges> {
    this.#health.trying()
    const known = this.#buildError
    this.#buildError = undefined
    if (known !== undefined) return throwError(() => known.error)
    this.#discoverer ??= this.#create()
    let isFirst = true
    return this.#discoverer.groups().pipe(
      // A closed stream counts as received too, as in Prometheus.
      tap({ complete: () => this.#options.metrics.received() }),
      map((batch) => {
        this.#options.metrics.received()
        const changes = this.#store.take(checkGroups(batch), isFirst)
        isFirst = false
        this.#updates += 1
        this.#health.succeeded()
        return changes
      }),
    )
  }

  #create(): Discoverer {
    const { source, set, scheduler, random, metrics } = this.#options
    return source.mechanism.create(source.config, {
      logger: this.#logger,
      set,
      scheduler,
      random,
      refreshMetrics: metrics.refresh(source.mechanism.name, set),
      reportError: (error, nextTry) => this.#health.failed(error, 'failing', nextTry),
      reportHealthy: () => this.#health.succeeded(),
    })
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
