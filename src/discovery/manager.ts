import {
  asyncScheduler,
  type Observable,
  type SchedulerLike,
  Subject,
  type Subscription,
} from 'rxjs'
import type { Prepared, Reloadable } from '../reload/index.js'
import type { Actor } from '../run/index.js'
import { type Logger, silentLogger } from '../telemetry/index.js'
import type { GroupChanges } from './group-store.js'
import { ManagerMetrics } from './manager-metrics.js'
import type { DiscoveryMetrics } from './metrics.js'
import { type Plan, planProviders } from './plan.js'
import { Provider } from './provider.js'
import type { ProviderStatus } from './provider-status.js'
import type { DiscoveryConfig, SetConfigs } from './set-config.js'
import type { TargetGroup } from './target-group.js'
import type { GroupKey, TargetUpdate } from './update.js'
import { UpdateStream } from './update-stream.js'

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
  /** After an update, further changes are collected for this long; milliseconds. */
  readonly updateIntervalMs?: number
}

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
   * then only changes. Completes when the manager stops.
   */
  readonly updates: Observable<TargetUpdate>
  /** A provider's new status whenever its state, or the error behind it, changes. */
  readonly statusChanges: Observable<ProviderStatus>
  readonly #status = new Subject<ProviderStatus>()
  readonly #stream: UpdateStream
  readonly #metrics: ManagerMetrics
  readonly #logger: Logger
  readonly #scheduler: SchedulerLike
  readonly #random: () => number
  readonly #running = new Map<Provider, Subscription>()
  readonly #stopped: Promise<void>
  #phase: 'waiting' | 'running' | 'stopped' = 'waiting'
  #sets: Plan = new Map()
  #all: readonly Provider[] = []
  #numbered = 0
  #stop: () => void = () => {}

  constructor(options: DiscoveryManagerOptions) {
    const { name, metrics, logger = silentLogger, updateIntervalMs = 100 } = options
    this.name = `${name}_sd`
    this.#metrics = new ManagerMetrics(metrics, name)
    this.#logger = logger.child({ component: `discovery manager ${name}` })
    this.#scheduler = options.scheduler ?? asyncScheduler
    this.#random = options.random ?? Math.random
    this.#stopped = new Promise((resolve) => {
      this.#stop = resolve
    })
    this.#stream = new UpdateStream({
      scheduler: this.#scheduler,
      intervalMs: updateIntervalMs,
      snapshot: () => this.#snapshot(),
      onSend: (sets, wasHeld) => this.#account(sets, wasHeld),
    })
    this.updates = this.#stream.updates
    this.statusChanges = this.#status.asObservable()
  }

  /** Whether all that providers gave so far has been told in `updates`. */
  get isSettled(): boolean {
    return this.#stream.isSettled
  }

  /** The state of every provider, in the order they were made. */
  providers(): readonly ProviderStatus[] {
    return this.#all.map((provider) => provider.status)
  }

  /** The target sets there are, and the names of their providers. */
  sets(): ReadonlyMap<string, readonly string[]> {
    return new Map([...this.#sets].map(([set, providers]) => [set, providers.map((p) => p.name)]))
  }

  /** Starts the providers; settles after {@link interrupt}. */
  async execute(): Promise<void> {
    if (this.#phase === 'waiting') {
      this.#phase = 'running'
      this.#metrics.touch()
      this.#stream.together(() => {
        for (const provider of this.#all) this.#start(provider)
      })
      this.#countFailed()
    }
    await this.#stopped
  }

  /** Stops the providers and ends the streams. */
  interrupt(): void {
    if (this.#phase === 'stopped') return
    this.#phase = 'stopped'
    this.#stream.close()
    for (const provider of this.#all) this.#retire(provider)
    this.#status.complete()
    this.#stop()
  }

  /**
   * Finds the providers of a new config. Never refuses: a mechanism that cannot be built is a provider
   * that fails, and is tried again; the rest of the config runs.
   */
  prepare(configs: SetConfigs): Prepared {
    const plan = planProviders(configs, this.#all, (source, set) => this.#make(source, set))
    return { commit: () => this.#commit(plan), discard() {} }
  }

  #make(source: DiscoveryConfig, set: string): Provider {
    const provider = new Provider({
      name: `${source.mechanism.name}/${String(this.#numbered++)}`,
      source,
      set,
      logger: this.#logger,
      scheduler: this.#scheduler,
      random: this.#random,
      metrics: this.#metrics,
      onStatus: (changed) => this.#announce(changed),
    })
    provider.build()
    return provider
  }

  #commit(plan: Plan): void {
    const before = this.#sets
    const obsolete = new Set(this.#all)
    this.#sets = plan
    this.#all = [...new Set([...plan.values()].flat())]
    for (const provider of this.#all) obsolete.delete(provider)
    if (this.#phase === 'stopped') return
    this.#stream.together(() => {
      for (const set of before.keys()) if (!plan.has(set)) this.#removeSet(set)
      for (const provider of obsolete) this.#forget(provider)
      for (const [set, providers] of plan) this.#changeSet(set, before.get(set), providers)
      this.#assign()
      if (this.#phase === 'running') {
        for (const provider of this.#all) this.#start(provider)
      }
    })
    this.#countFailed()
  }

  #removeSet(set: string): void {
    this.#metrics.forgetSet(set)
    this.#stream.remove(set)
  }

  /** Tells of a set's lost groups, and of those its new providers have already. */
  #changeSet(set: string, before: readonly Provider[] | undefined, now: readonly Provider[]): void {
    // A new set is told of even when it has no targets.
    if (before === undefined) this.#stream.announce(set)
    for (const provider of before ?? []) {
      if (!now.includes(provider)) this.#stream.put([set], withdrawn(provider))
    }
    for (const provider of now) {
      if (before?.includes(provider) !== true) this.#stream.put([set], keyed(provider))
    }
  }

  #assign(): void {
    const sets = new Map<Provider, string[]>()
    for (const [set, providers] of this.#sets) {
      for (const provider of providers) {
        const list = sets.get(provider)
        if (list === undefined) sets.set(provider, [set])
        else list.push(set)
      }
    }
    for (const [provider, names] of sets) provider.sets = names
  }

  #start(provider: Provider): void {
    const running = this.#running.get(provider)
    if (running !== undefined && !provider.isUnbuilt) return
    // One that could not be built is tried again at once: the reload may be there for its sake.
    running?.unsubscribe()
    this.#logger.debug('Starting provider', { provider: provider.name, subs: provider.sets })
    this.#running.set(
      provider,
      provider.changes().subscribe((changes) => this.#pass(provider, changes)),
    )
  }

  #pass(provider: Provider, changes: GroupChanges): void {
    const list = [...changes].map(([source, group]) => [keyOf(provider, source), group] as const)
    this.#stream.put(provider.sets, list)
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
  }

  #announce(provider: Provider): void {
    this.#status.next(provider.status)
    this.#countFailed()
  }

  #countFailed(): void {
    this.#metrics.failedConfigs(this.#all.filter((provider) => provider.isUnbuilt).length)
  }

  #account(sets: Iterable<string>, wasHeld: boolean): void {
    this.#metrics.sent(wasHeld)
    const now = this.#scheduler.now()
    for (const set of sets) {
      const providers = this.#sets.get(set) ?? []
      this.#metrics.targets(
        set,
        providers.reduce((sum, provider) => sum + provider.targets, 0),
      )
      this.#metrics.updated(set, now)
    }
  }

  *#snapshot(): Iterable<TargetUpdate> {
    for (const [set, providers] of this.#sets) {
      yield { set, changed: new Map(providers.flatMap(keyed)) }
    }
  }
}

function keyOf(provider: Provider, source: string): GroupKey {
  return `${provider.name}/${source}`
}

function keyed(provider: Provider): readonly (readonly [GroupKey, TargetGroup])[] {
  return Array.from(provider.groups, ([source, group]) => [keyOf(provider, source), group])
}

function withdrawn(provider: Provider): readonly (readonly [GroupKey, undefined])[] {
  return Array.from(provider.groups.keys(), (source) => [keyOf(provider, source), undefined])
}
