import {
  catchError,
  connect,
  defer,
  EMPTY,
  filter,
  map,
  materialize,
  merge,
  mergeMap,
  NEVER,
  Observable,
  of,
  type ObservableNotification,
  repeat,
  type SchedulerLike,
  take,
  takeUntil,
  timer,
} from 'rxjs'
import { timerMs } from '../../run/index.js'
import { errorMessage } from '../../telemetry/error-text.js'
import type { Logger } from '../../telemetry/index.js'
import { backOffDelay, isPermanent } from '../../waiting/back-off.js'
import type { Lane, Steps, Turns } from '../../waiting/turns.js'
import { InvalidGroupsError } from '../groups/check-groups.js'
import type { TargetGroup } from '../groups/target-group.js'
import type { Discoverer, DiscovererContext, DiscoveryConfig, Finding } from '../mechanism.js'
import type { ManagerMetrics } from '../metrics.js'
import * as health from './health.js'
import { type FindingOutcome, ProviderGroups } from './provider-groups.js'
import type { ProviderStatus } from './provider-status.js'
import { Repeats } from './repeats.js'

/** Milliseconds. */
const retryExpiryMs = 1000

export interface ProviderOptions {
  /** `consul/0` */
  readonly name: string
  readonly source: DiscoveryConfig
  /** The fingerprint of its config. */
  readonly key: string
  /** The target set that it was created for: names it in logs and metrics. */
  readonly set: string
  readonly logger: Logger
  readonly scheduler: SchedulerLike
  readonly random: () => number
  readonly turns: Turns
  readonly metrics: ManagerMetrics
  /** How long it may go on with restored groups before a live answer; milliseconds. */
  readonly restoredMaxAgeMs?: number
  /** What a target set shows, for a discoverer that makes configs of it. */
  readonly follow: NonNullable<DiscovererContext['follow']>
  /** A loss of targets is weighed by the whole finding: it must come in one part. */
  readonly isGuarded: boolean
}

/** A finding of the discoverer changed groups, or a part of it did. */
export interface GroupsEvent extends FindingOutcome {
  readonly kind: 'groups'
  /** `expired`: it was no finding, but restored groups that became too old. */
  readonly cause: 'answer' | 'expired'
}

/** The state of the provider changed, or the error behind it. */
export interface StatusEvent {
  readonly kind: 'status'
  readonly status: ProviderStatus
}

/** The discoverer found which further configs there are. */
export interface ConfigsEvent {
  readonly kind: 'configs'
}

export type ProviderEvent = GroupsEvent | StatusEvent | ConfigsEvent

/** What follows the end of an attempt. */
type Resumption =
  | { readonly kind: 'none' }
  | { readonly kind: 'never' }
  | { readonly kind: 'after'; readonly ms: number }

/** One discoverer at work: builds it, restarts it after errors, keeps its groups and its health. */
export class Provider {
  readonly name: string
  readonly source: DiscoveryConfig
  /** The fingerprint of its config. */
  readonly key: string
  readonly set: string
  /** The sets that subscribe to it; the manager's to change. */
  sets: readonly string[] = []
  readonly #options: ProviderOptions
  readonly #logger: Logger
  readonly #groups: ProviderGroups
  readonly #lane: Lane
  readonly #repeats: Repeats
  #health = health.startingHealth
  #discoverer: Discoverer | undefined
  #buildError: { readonly error: unknown } | undefined
  #resumption: Resumption = { kind: 'none' }
  /** Seconds that the last poll took, until its answer is logged; undefined where nothing is polled. */
  #pollSeconds: number | undefined
  /** When the failures began that have no good answer after them; milliseconds since 1970. */
  #failingSince = 0
  #updates = 0
  #requests = 0
  #configs: readonly DiscoveryConfig[] = []

  constructor(options: ProviderOptions) {
    const { name, source, key, set } = options
    this.name = name
    this.source = source
    this.key = key
    this.set = set
    this.#options = options
    this.#groups = new ProviderGroups(!options.isGuarded, source.labels)
    this.#lane = options.turns.lane()
    this.#repeats = new Repeats(() => options.scheduler.now())
    this.#logger = options.logger.child({ discovery: source.mechanism.name, config: set })
  }

  get groups(): ReadonlyMap<string, TargetGroup> {
    return this.#groups.all
  }

  /** The further configs that its discoverer has found. */
  get configs(): readonly DiscoveryConfig[] {
    return this.#configs
  }

  /** The number of its targets. */
  get targets(): number {
    return this.#groups.targets
  }

  /** Findings wait for their turn. */
  get isBusy(): boolean {
    return !this.#lane.isIdle
  }

  /** There is no discoverer: it could not be built. */
  get lacksDiscoverer(): boolean {
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

  /** Builds the discoverer ahead of {@link events}; if it cannot be built, `events` tries again. */
  build(): void {
    try {
      this.#discoverer ??= this.#create()
    } catch (error) {
      // Reported by the first attempt: before that nothing listens, and the config may be refused.
      this.#buildError = { error }
    }
  }

  /**
   * Gives it groups from an earlier run, to go on with until its first complete finding, which
   * replaces them all. Before {@link events} only.
   * @param asOf when they were good; milliseconds since 1970
   */
  restore(groups: readonly TargetGroup[], asOf: number): void {
    this.#groups.restore(groups, asOf)
  }

  /**
   * What happens to its groups and its health. Subscribing starts the discoverer, unsubscribing stops
   * it. Never errors: after an error it waits and starts the discoverer again, and keeps its groups
   * meanwhile. Completes when the discoverer does.
   */
  events(): Observable<ProviderEvent> {
    const live = defer(() => this.#attempt()).pipe(
      catchError((error: unknown) => this.#failed(error)),
      repeat({ delay: () => this.#resume() }),
    )
    const { staleSince } = this.#groups
    if (staleSince === undefined) return live
    return live.pipe(
      connect((events) => {
        const isLive = events.pipe(filter(() => this.#groups.staleSince === undefined))
        return merge(events, this.#expiry(staleSince).pipe(takeUntil(isLive)))
      }),
    )
  }

  /** It was unsubscribed from for good. */
  retire(): void {
    this.#become(health.stopped(this.#health))
  }

  /** Drops restored groups once they are too old. */
  #expiry(asOf: number): Observable<ProviderEvent> {
    const { scheduler, restoredMaxAgeMs = Infinity } = this.#options
    const wait = asOf + restoredMaxAgeMs - scheduler.now()
    if (!Number.isFinite(wait)) return EMPTY
    // A timer takes 24.8 days at most, and the groups may be kept for longer.
    if (wait > timerMs(wait)) {
      return timer(timerMs(wait), scheduler).pipe(mergeMap(() => this.#expiry(asOf)))
    }
    // What waits for its turn at that moment may be the finding that makes them live.
    return timer(Math.max(0, wait), retryExpiryMs, scheduler).pipe(
      filter(() => !this.isBusy),
      take(1),
      map(() => ({ kind: 'groups', cause: 'expired', ...this.#groups.expire() })),
    )
  }

  #attempt(): Observable<ProviderEvent> {
    this.#resumption = { kind: 'none' }
    this.#become(health.trying(this.#health))
    const known = this.#buildError
    this.#buildError = undefined
    if (known !== undefined) throw known.error
    this.#discoverer ??= this.#create()
    this.#groups.begin()
    const findings = this.#discoverer.findings().pipe(materialize())
    return new Observable((subscriber) => {
      // What is known at once, as static groups are, is there when a commit ends: a reload that
      // changes them must not show a moment without them.
      let isSubscribing = true
      // One lane for all: what is emitted later takes effect later, also the end of the stream.
      const events = findings.pipe(
        mergeMap((said) => this.#lane.run(() => this.#process(said), isSubscribing)),
      )
      const subscription = events.subscribe(subscriber)
      isSubscribing = false
      return subscription
    })
  }

  *#process(notification: ObservableNotification<Finding>): Steps<void, ProviderEvent> {
    const { metrics } = this.#options
    if (notification.kind === 'E') throw notification.error
    if (notification.kind === 'N') yield* this.#take(notification.value)
    // A closed stream counts as received too, as in Prometheus.
    else metrics.received()
  }

  *#take(finding: Finding): Steps<void, ProviderEvent> {
    checkFinding(finding)
    const { groups, complete, trouble, configs } = finding
    if (configs !== undefined) {
      this.#configs = configs
      yield { kind: 'configs' }
    }
    if (groups !== undefined || complete === true) {
      this.#options.metrics.received()
      for (const outcome of this.#groups.take(finding)) {
        if (outcome === undefined) yield
        else {
          if (outcome.isLast) yield* this.#answered(complete === true, outcome)
          yield { kind: 'groups', cause: 'answer', ...outcome }
        }
      }
    }
    if (trouble === null) yield this.#become(health.well(this.#health, this.#now))
    else if (trouble !== undefined) {
      const failure = { error: trouble.error, at: this.#now, nextTry: trouble.nextTry }
      yield this.#become(health.partFailed(this.#health, failure))
    }
  }

  *#answered(isComplete: boolean, { hasChanged }: FindingOutcome): Steps<void, ProviderEvent> {
    this.#updates += 1
    this.#logger.debug('Discovery answered', {
      provider: this.name,
      groups: this.groups.size,
      targets: this.targets,
      changed: hasChanged,
      took: this.#pollSeconds === undefined ? undefined : `${this.#pollSeconds.toFixed(3)}s`,
    })
    this.#pollSeconds = undefined
    const next = isComplete ? health.well : health.answered
    yield this.#become(next(this.#health, this.#now))
  }

  #create(): Discoverer {
    const { source, set, scheduler, random, metrics, turns } = this.#options
    return source.mechanism.create(source.config, {
      logger: this.#repeats.over(this.#logger),
      set,
      scheduler,
      random,
      turns,
      refreshMetrics: this.#timing(metrics.refresh(source.mechanism.name, set)),
      countRequest: () => {
        this.#requests += 1
      },
      follow: this.#options.follow,
    })
  }

  /** Counts polls, and remembers how long the last one took, for the log. */
  #timing(metrics: DiscovererContext['refreshMetrics']): DiscovererContext['refreshMetrics'] {
    return {
      failed: () => metrics.failed(),
      observe: (seconds) => {
        this.#pollSeconds = seconds
        metrics.observe(seconds)
      },
    }
  }

  #failed(error: unknown): Observable<ProviderEvent> {
    const { random, source } = this.#options
    const isNew = errorMessage(error) !== this.#health.lastError?.message
    const failures = this.#health.consecutiveFailures + 1
    const wait = isPermanent(error) ? undefined : backOffDelay(failures, error, random)
    this.#resumption = wait === undefined ? { kind: 'never' } : { kind: 'after', ms: wait }
    if (!this.lacksDiscoverer)
      this.#repeats
        .over(this.#logger)
        .error('Discovery failed, will start it again', { err: error })
    else if (isNew) {
      const type = source.mechanism.name
      this.#logger.error('Cannot create service discovery', { err: error, type })
    }
    const failure = {
      error,
      at: this.#now,
      nextTry: wait === undefined ? undefined : this.#now + wait,
    }
    const state = this.lacksDiscoverer ? 'failed' : 'failing'
    const event = this.#become(health.failed(this.#health, failure, state))
    return event === undefined ? EMPTY : of(event)
  }

  #resume(): Observable<unknown> {
    const resumption = this.#resumption
    if (resumption.kind === 'none') return EMPTY
    if (resumption.kind === 'never') return NEVER
    return timer(timerMs(resumption.ms), this.#options.scheduler)
  }

  /** Sets the health, in metrics too. @returns the event, where it is worth reporting */
  #become(next: health.Health): StatusEvent | undefined {
    const before = this.#health
    this.#health = next
    const { metrics } = this.#options
    if (next.failures > before.failures) metrics.providerFailed(this.name, this.set)
    if (next.lastSuccess !== undefined && next.state !== 'stopped') {
      metrics.providerSucceeded(this.name, this.set, next.lastSuccess)
    }
    this.#logRecovery(before, next)
    if (!health.isNews(before, next)) return undefined
    metrics.providerHealthy(this.name, this.set, next.state === 'running')
    return { kind: 'status', status: this.status }
  }

  /** One line where there were many failures; each of those was said once. */
  #logRecovery(before: health.Health, next: health.Health): void {
    if (before.consecutiveFailures === 0 && next.consecutiveFailures > 0)
      this.#failingSince = this.#now
    if (next.state !== 'running' || before.consecutiveFailures === 0) return
    this.#repeats.forget()
    const seconds = Math.max(0, this.#now - this.#failingSince) / 1000
    this.#logger.info('Discovery has recovered', {
      provider: this.name,
      failures: before.consecutiveFailures,
      after: `${seconds.toFixed(1)}s`,
      groups: this.groups.size,
      targets: this.targets,
    })
  }

  get #now(): number {
    return this.#options.scheduler.now()
  }
}

/** A discoverer of another program may emit anything. @throws {InvalidGroupsError} */
function checkFinding(finding: unknown): void {
  if (typeof finding !== 'object' || finding === null || Array.isArray(finding)) {
    throw new InvalidGroupsError(
      'a discoverer must emit findings, such as { groups: [...], complete: true }',
    )
  }
  const { trouble, configs } = finding as { readonly trouble?: unknown; readonly configs?: unknown }
  if (configs !== undefined && !Array.isArray(configs)) {
    throw new InvalidGroupsError('the configs of a finding must be a list')
  }
  if (trouble !== undefined && typeof trouble !== 'object') {
    throw new InvalidGroupsError('the trouble of a finding must be { error, nextTry? } or null')
  }
}
