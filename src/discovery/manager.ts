import {
  asyncScheduler,
  defer,
  filter,
  map,
  merge,
  type Observable,
  of,
  type SchedulerLike,
  Subject,
  type Subscription,
  throttleTime,
} from 'rxjs'
import { namedChange } from '../reload/changes.js'
import type { Prepared, Reloadable } from '../reload/index.js'
import { safeStream } from '../reload/safe-stream.js'
import type { Actor } from '../run/index.js'
import { type Logger, silentLogger } from '../telemetry/index.js'
import { checkMs } from '../waiting/option.js'
import { Turns } from '../waiting/turns.js'
import type { GuardRule, GuardStatus } from './guard/drop-guard.js'
import { checkGuardRule } from './guard/guard-rule.js'
import { ManagerMetrics } from './metrics.js'
import type { DiscoveryMetrics } from './metrics.js'
import { carriedOver, type Plan, planProviders, providersOf, withFound } from './plan.js'
import { Provider } from './provider/provider.js'
import type { ProviderStatus } from './provider/provider-status.js'
import type { DiscoveryConfig, FollowedSet, SetConfigs } from './mechanism.js'
import type { StateKeeper } from './state/state-keeper.js'
import type { TargetEvent } from './updates.js'
import { TargetSets } from './target-sets.js'
import type { TargetUpdate } from './updates.js'

/** What a {@link DiscoveryManager} is built from. */
export interface DiscoveryManagerOptions {
  /** `scrape` or `notify`: the label `name` of its metrics. */
  readonly name: string
  /** From `discoveryMetrics(registry)`; both managers share it. */
  readonly metrics: DiscoveryMetrics
  readonly logger?: Logger
  /** All time comes from here. */
  readonly scheduler?: SchedulerLike
  /** A number in [0, 1), for jitter. */
  readonly random?: () => number
  /** Where long work takes its time from; the process should have one. Left out: one of its own. */
  readonly turns?: Turns
  /** After an update, further changes are collected for this long; milliseconds. */
  readonly updateIntervalMs?: number
  /** When a loss of targets is not believed at once; left out: always believed. */
  readonly guard?: GuardRule | undefined
  /** Keeps the groups of an earlier run, and those of this one; left out: none are kept. */
  readonly state?: StateKeeper | undefined
}

/** A provider and what it has found. */
export type ProviderContent = Pick<Provider, 'name' | 'source' | 'sets' | 'status' | 'groups'>

/**
 * Runs the providers of all target sets, and merges their groups into sets.
 *
 * It takes configs as a reloadable, and works as an actor: providers run from `execute` to
 * `interrupt`. Equal configs share a provider; a provider whose config is in the next config too goes
 * on undisturbed, whatever its sets are called then.
 */
export class DiscoveryManager implements Actor, Reloadable<SetConfigs> {
  /** `scrape_sd`, as Prometheus calls it when it reloads. */
  readonly name: string
  /**
   * What changes in the target sets. A subscriber first gets the whole state, one update per set, and
   * then only changes. Completes when the manager stops. What a subscriber of any of these streams throws
   * ends the manager, as an error of `execute`.
   */
  readonly updates: Observable<TargetUpdate>
  /** A provider's new status whenever its state, or the error behind it, changes. */
  readonly statusChanges: Observable<ProviderStatus>
  /** Which targets come and go, and why. */
  readonly events: Observable<TargetEvent>
  readonly #status = new Subject<ProviderStatus>()
  readonly #targets: TargetSets
  readonly #state: StateKeeper | undefined
  readonly #isGuarded: boolean
  readonly #metrics: ManagerMetrics
  readonly #logger: Logger
  readonly #scheduler: SchedulerLike
  readonly #random: () => number
  readonly #turns: Turns
  readonly #updateIntervalMs: number
  readonly #running = new Map<Provider, Subscription>()
  readonly #stopped: Promise<void>
  #phase: 'waiting' | 'running' | 'stopped' = 'waiting'
  /** What a subscriber of the streams threw first. */
  #failure: { readonly error: unknown } | undefined
  /** The providers of the config alone, without those of configs that were found. */
  #configured: Plan = new Map()
  #all: readonly Provider[] = []
  #isPlanning = false
  #numbered = 0
  #stop: () => void = () => {}

  /**
   * @throws {OptionError} when the interval is negative or NaN
   * @throws {GuardRuleError} when the guard's rule cannot work
   */
  constructor(options: DiscoveryManagerOptions) {
    const { name, metrics, logger = silentLogger, updateIntervalMs = 100 } = options
    checkMs('updateIntervalMs', updateIntervalMs)
    if (options.guard !== undefined) checkGuardRule(options.guard)
    this.name = `${name}_sd`
    this.#metrics = new ManagerMetrics(metrics, name)
    this.#logger = logger.child({ component: `discovery manager ${name}` })
    this.#scheduler = options.scheduler ?? asyncScheduler
    this.#random = options.random ?? Math.random
    this.#turns = options.turns ?? new Turns()
    this.#stopped = new Promise((resolve) => {
      this.#stop = resolve
    })
    this.#updateIntervalMs = updateIntervalMs
    this.#state = options.state
    this.#isGuarded = options.guard !== undefined
    this.#targets = new TargetSets({
      scheduler: this.#scheduler,
      intervalMs: updateIntervalMs,
      metrics: this.#metrics,
      logger: this.#logger,
      ...(options.guard === undefined ? {} : { guard: options.guard }),
    })
    const fail = (error: unknown): void => this.#fail(error)
    this.updates = safeStream(this.#targets.updates, fail)
    this.events = safeStream(this.#targets.events, fail)
    this.statusChanges = safeStream(this.#status, fail)
  }

  /** Whether all that providers found so far has gone out in `updates`. */
  get isSettled(): boolean {
    return this.#targets.isSettled && this.#all.every((provider) => !provider.isBusy)
  }

  /** Whether all that the providers of one set found so far has gone out in `updates`. */
  isSetSettled(set: string): boolean {
    const providers = this.#targets.plan.get(set) ?? []
    return this.#targets.isSetSettled(set) && providers.every((provider) => !provider.isBusy)
  }

  /** The state of every provider, in the order they were made. */
  providers(): readonly ProviderStatus[] {
    return this.#all.map((provider) => provider.status)
  }

  /** Every provider with its config and what it has found, whatever a guard holds back. */
  contents(): readonly ProviderContent[] {
    return this.#all
  }

  /** The target sets there are, and the names of their providers. */
  sets(): ReadonlyMap<string, readonly string[]> {
    return new Map(
      [...this.#targets.plan].map(([set, providers]) => [set, providers.map((p) => p.name)]),
    )
  }

  /** From now on no target of this set goes, until {@link accept}; targets that come are shown. */
  freeze(set: string): void {
    this.#targets.freeze(set)
  }

  /** Believes every loss that is held back in this set, and ends a freeze. */
  accept(set: string): void {
    this.#targets.accept(set)
    // What a chain has lost meanwhile was kept for the sake of the freeze.
    this.#extend()
  }

  /** The sets that are frozen, or show targets that their providers do not have any more. */
  guarded(): readonly GuardStatus[] {
    return this.#targets.guarded()
  }

  /** The groups of a set of which the guard keeps targets: what is shown, and how many of its last are kept. */
  heldGroups(set: string): ReturnType<TargetSets['heldGroups']> {
    return this.#targets.heldGroups(set)
  }

  /**
   * Starts the providers; settles after {@link interrupt}.
   * @throws what a subscriber of the streams threw: that ends the manager
   */
  async execute(): Promise<void> {
    if (this.#phase === 'waiting') {
      this.#phase = 'running'
      this.#metrics.touch()
      this.#targets.atOnce(() => this.#startAll())
      this.#countFailed()
    }
    await this.#stopped
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Stops the providers and ends the streams. */
  interrupt(): void {
    if (this.#phase === 'stopped') return
    this.#phase = 'stopped'
    this.#targets.close()
    for (const provider of this.#all) this.#retire(provider)
    this.#status.complete()
    this.#stop()
  }

  /**
   * Finds the providers of a new config. Never refuses: a mechanism that cannot be built is a provider
   * that fails, and is tried again; the rest of the config runs.
   */
  prepare(configs: SetConfigs): Prepared {
    const plan = planProviders(configs, this.#all, (...of) => this.#make(...of))
    return { changes: this.#changes(plan), commit: () => this.#commit(plan), discard() {} }
  }

  /** What a set shows, now and whenever that may be another thing, no more often than updates are sent. */
  #follow(set: string): Observable<FollowedSet> {
    const now = defer(() => of(undefined))
    const later = this.#targets.touched.pipe(
      filter((touched) => touched === set),
      throttleTime(this.#updateIntervalMs, this.#scheduler, { leading: true, trailing: true }),
    )
    return merge(now, later).pipe(map(() => this.#targets.followedSet(set)))
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    // Later: the others get what is being sent first.
    queueMicrotask(() => this.interrupt())
  }

  /** Which providers a plan starts and stops, in the words of a reload's result. */
  #changes(plan: Plan): readonly string[] {
    const next = new Set(providersOf(plan))
    const known = new Set(this.#all)
    const started = [...next].filter((provider) => !known.has(provider))
    // What becomes of configs that were found is known when it is done.
    const stopped = providersOf(this.#configured).filter((provider) => !next.has(provider))
    return [
      ...namedChange('providers started', namesOf(started)),
      ...namedChange('providers stopped', namesOf(stopped)),
    ]
  }

  #make(source: DiscoveryConfig, set: string, key: string): Provider {
    const provider = new Provider({
      name: `${source.mechanism.name}/${String(this.#numbered++)}`,
      source,
      key,
      set,
      logger: this.#logger,
      scheduler: this.#scheduler,
      random: this.#random,
      metrics: this.#metrics,
      turns: this.#turns,
      isGuarded: this.#isGuarded,
      follow: (followed) => this.#follow(followed),
      ...(this.#state === undefined ? {} : { restoredMaxAgeMs: this.#state.maxAgeMs }),
    })
    provider.build()
    const restored = this.#state?.restored(source)
    if (restored !== undefined) provider.restore(restored.groups, restored.asOf)
    return provider
  }

  #commit(configured: Plan): void {
    // What was found by a provider that goes stays until the providers that come have said what they find: the
    // same configs, mostly.
    const plan = carriedOver(configured, this.#configured, this.#targets.plan)
    this.#configured = configured
    if (this.#phase === 'stopped') {
      this.#all = providersOf(plan)
      return
    }
    this.#targets.atOnce(() => {
      this.#replaceAll(plan, () => this.#targets.replace(plan, followedSets(plan)))
      if (this.#phase === 'running') this.#startAll()
    })
    this.#countFailed()
  }

  /** Starts every provider that does not run yet, and those of configs that these find at once. */
  #startAll(): void {
    this.#isPlanning = true
    for (const provider of this.#all) this.#start(provider)
    this.#isPlanning = false
    this.#extend()
  }

  /** Brings the providers in line with the configs that were found. */
  #extend(): void {
    if (this.#isPlanning || this.#phase !== 'running') return
    const before = this.#targets.plan
    const plan = withFound(this.#configured, before, {
      existing: this.#all,
      create: (...of) => this.#make(...of),
      keepsAll: (set) => this.#targets.isFrozen(set),
    })
    if (plan === before) return
    this.#targets.atOnce(() => {
      this.#replaceAll(plan, () => this.#targets.extend(plan))
      for (const provider of this.#all) {
        if (!this.#running.has(provider)) this.#start(provider)
      }
    })
    this.#countFailed()
  }

  /** Takes the providers of a plan; those that are not in it stop. */
  #replaceAll(plan: Plan, assign: () => void): void {
    const obsolete = new Set(this.#all)
    this.#all = providersOf(plan)
    for (const provider of this.#all) obsolete.delete(provider)
    assign()
    for (const provider of obsolete) this.#forget(provider)
  }

  #start(provider: Provider): void {
    const running = this.#running.get(provider)
    if (running !== undefined && !provider.lacksDiscoverer) return
    // One that could not be built is tried again at once: the reload may be there for its sake.
    running?.unsubscribe()
    this.#logger.debug('Starting provider', { provider: provider.name, subs: provider.sets })
    this.#running.set(
      provider,
      provider.events().subscribe((event) => {
        if (event.kind === 'status') this.#report(event.status)
        else if (event.kind === 'configs') this.#extend()
        else {
          this.#targets.pass(provider, event)
          const { cause, isLast, hasChanged } = event
          if (cause === 'answer' && isLast) this.#state?.keep(provider, hasChanged)
        }
      }),
    )
  }

  #retire(provider: Provider): void {
    try {
      this.#running.get(provider)?.unsubscribe()
    } catch (error) {
      // A discoverer that cannot clean up after itself must not keep the others from stopping.
      this.#logger.error('Stopping a provider failed', { provider: provider.name, err: error })
    }
    this.#running.delete(provider)
    provider.retire()
    this.#report(provider.status)
  }

  #forget(provider: Provider): void {
    this.#retire(provider)
    this.#metrics.forgetProvider(provider.name, provider.set)
    const { name } = provider.source.mechanism
    // Deleted before the new providers start, and only where no other provider counts there.
    const isShared = this.#all.some(
      (other) =>
        this.#running.has(other) &&
        other.source.mechanism.name === name &&
        other.set === provider.set,
    )
    if (!isShared) this.#metrics.forgetRefresh(name, provider.set)
    this.#state?.forget(provider.source)
  }

  #report(status: ProviderStatus): void {
    this.#status.next(status)
    this.#countFailed()
  }

  #countFailed(): void {
    this.#metrics.failedConfigs(this.#all.filter((provider) => provider.lacksDiscoverer).length)
  }
}

/** The sets of whose targets configs are made. */
function followedSets(plan: Plan): ReadonlySet<string> {
  const sets = providersOf(plan).map(({ source: { mechanism, config } }) => {
    return mechanism.follows?.(config)
  })
  return new Set(sets.filter((set) => set !== undefined))
}

function namesOf(providers: readonly Provider[]): readonly string[] {
  return providers.map(({ name }) => name)
}
