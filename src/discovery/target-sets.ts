import { type Observable, type SchedulerLike, Subject } from 'rxjs'
import type { Logger } from '../telemetry/index.js'
import { DropGuard, type GuardRule, type GuardStatus, type Release } from './guard/drop-guard.js'
import type { GroupChange, GroupChanges } from './groups/group-store.js'
import type { ManagerMetrics } from './metrics.js'
import type { Plan } from './plan.js'
import type { GroupsEvent, Provider } from './provider/provider.js'
import type { FollowedSet } from './mechanism.js'
import type { ChangeCause, TargetEvent } from './updates.js'
import type { TargetGroup } from './groups/target-group.js'
import { type GroupKey, type TargetUpdate, type UpdateBatch, UpdateStream } from './updates.js'

export interface TargetSetsOptions {
  readonly scheduler: SchedulerLike
  readonly intervalMs: number
  readonly metrics: ManagerMetrics
  readonly logger: Logger
  /** When a loss of targets is not believed at once; left out: always. */
  readonly guard?: GuardRule
}

/** Merges the groups of providers into target sets, and emits what changes in each. */
export class TargetSets {
  readonly updates: Observable<TargetUpdate>
  /** A set whose provider has answered, or that shows something else; also where nothing changed. */
  readonly touched: Observable<string>
  readonly #touched = new Subject<string>()
  /** What comes and goes, and why; made only while someone subscribes. */
  readonly events: Observable<TargetEvent>
  readonly #events = new Subject<TargetEvent>()
  readonly #options: TargetSetsOptions
  readonly #stream: UpdateStream
  readonly #guard: DropGuard
  #plan: Plan = new Map()
  /** Sets of whose targets configs are made. */
  #followed: ReadonlySet<string> = new Set()

  constructor(options: TargetSetsOptions) {
    const { scheduler, intervalMs, logger, guard } = options
    this.#options = options
    this.#stream = new UpdateStream({ scheduler, intervalMs })
    // The first to subscribe: what goes out is counted before consumers see it.
    this.#stream.batches.subscribe((batch) => this.#count(batch))
    this.updates = this.#stream.after(() => this.#state())
    this.#guard = new DropGuard({
      scheduler,
      logger,
      ...(guard === undefined ? {} : { rule: guard }),
    })
    this.#guard.released.subscribe((release) => this.#release(release))
    this.events = this.#events.asObservable()
    this.touched = this.#touched.asObservable()
  }

  /** Which providers each set has. */
  get plan(): Plan {
    return this.#plan
  }

  /** Whether all changes so far have gone out in `updates`. */
  get isSettled(): boolean {
    return this.#stream.isSettled
  }

  /** Whether all changes of one set so far have gone out in `updates`. */
  isSetSettled(set: string): boolean {
    return this.#stream.isSetSettled(set)
  }

  /** Sends all changes that `work` causes, at once and together. */
  atOnce(work: () => void): void {
    this.#stream.atOnce(work)
  }

  /**
   * Takes the plan of a new config: emits the sets that come and go, and the groups they win and lose.
   * @param followed the sets of whose targets configs are made
   */
  replace(plan: Plan, followed: ReadonlySet<string>): void {
    this.#followed = followed
    const before = this.#plan
    for (const set of before.keys()) {
      if (plan.has(set)) continue
      this.#guard.forget(set)
      this.#options.metrics.forgetSet(set)
      this.#stream.remove(set)
    }
    this.#stream.begin(plan.keys())
    this.#assign(plan, 'reload')
  }

  /** Takes a plan of the same config, with other providers that were made of what was found. */
  extend(plan: Plan): void {
    this.#assign(plan, 'chained')
  }

  /** What a set shows now. */
  followedSet(set: string): FollowedSet {
    const providers = this.#plan.get(set) ?? []
    const silent = providers.filter(({ status: { lastSuccess, staleSince } }) => {
      return (lastSuccess ?? staleSince) === undefined
    })
    return {
      groups: providers.flatMap((provider) => [...this.#shown(set, provider).values()]),
      silent: silent.map(({ name }) => name),
    }
  }

  #assign(plan: Plan, cause: 'reload' | 'chained'): void {
    const before = this.#plan
    const changed: string[] = []
    for (const [set, providers] of plan) {
      if (this.#change(set, before.get(set), providers, cause)) changed.push(set)
    }
    this.#plan = plan
    for (const [provider, sets] of subscriptions(plan)) provider.sets = sets
    for (const set of changed) this.#touched.next(set)
  }

  /** Passes on what a provider says to the sets that have it. */
  pass(provider: Provider, { changes, cause }: GroupsEvent): void {
    this.#stream.together(() => {
      for (const set of provider.sets) {
        const total = this.#truth(set)
        const minimum = this.#followed.has(set) ? 1 : undefined
        const admitted = this.#guard.admit(set, provider.name, changes, total, minimum)
        if (admitted.trips > 0) this.#options.metrics.guardTripped(set, admitted.trips)
        for (const [name, revived] of admitted.revived) this.#revive(set, name, revived)
        this.#emitEvent(set, provider.name, admitted.held, 'held')
        this.#show(set, provider.name, admitted.shown, admitted.isReleased ? 'released' : cause)
        this.#touched.next(set)
      }
    })
  }

  /** From now on no target of the set goes; what comes is shown. */
  freeze(set: string): void {
    this.#guard.freeze(set)
  }

  /** Whether no target of the set may go. */
  isFrozen(set: string): boolean {
    return this.#guard.isFrozen(set)
  }

  /** Shows everything that is held back in a set, and ends a freeze. */
  accept(set: string): void {
    this.#stream.atOnce(() => {
      for (const release of this.#guard.accept(set)) this.#release(release)
    })
  }

  guarded(): readonly GuardStatus[] {
    return this.#guard.status()
  }

  /** The groups of a set of which the guard keeps targets: what is shown, and how many of its last are kept. */
  heldGroups(
    set: string,
  ): ReadonlyMap<GroupKey, { readonly shown: TargetGroup; readonly count: number }> {
    return new Map(
      Array.from(this.#guard.heldGroups(set), ([provider, source, { shown, missing }]) => {
        return [keyOf(provider, source), { shown, count: missing.length }] as const
      }),
    )
  }

  close(): void {
    this.#guard.close()
    this.#stream.close()
    this.#events.complete()
    this.#touched.complete()
  }

  #show(set: string, provider: string, changes: GroupChanges, cause: ChangeCause): void {
    this.#emitEvent(set, provider, changes, cause)
    this.#put(set, provider, changes)
    this.#options.metrics.guardHeld(set, this.#guard.heldTargets(set))
  }

  #release({ set, provider, changes }: Release): void {
    this.#show(set, provider, changes, 'released')
    this.#touched.next(set)
  }

  /** Shows again what went, and is held now. */
  #revive(set: string, provider: string, changes: GroupChanges): void {
    const lost = Array.from(changes, ([source, { before, after }]) => {
      return [source, { before: after, after: before }] as const
    })
    this.#emitEvent(set, provider, new Map(lost), 'held')
    this.#show(set, provider, changes, 'revived')
  }

  /** @returns whether the set has other providers now */
  #change(
    set: string,
    before: readonly Provider[] | undefined,
    now: readonly Provider[],
    why: 'reload' | 'chained',
  ): boolean {
    if (before === now) return false
    let isChanged = false
    // A new set is named even when it has no targets.
    if (before === undefined) this.#stream.announce(set)
    for (const provider of before ?? []) {
      if (now.includes(provider)) continue
      const lost = Array.from(this.#shown(set, provider), ([source, group]) => {
        return [source, { before: group, after: undefined }] as const
      })
      this.#guard.forget(set, provider.name)
      this.#show(set, provider.name, new Map(lost), why)
      isChanged = true
    }
    for (const provider of now) {
      if (before?.includes(provider) === true) continue
      const won = Array.from(provider.groups, ([source, group]) => {
        return [source, { before: undefined, after: group }] as const
      })
      const cause = provider.status.staleSince === undefined ? why : 'restored'
      this.#show(set, provider.name, new Map(won), cause)
      isChanged = true
    }
    return isChanged
  }

  #put(set: string, provider: string, changes: GroupChanges): void {
    const keyed = Array.from(
      changes,
      ([source, { after }]) => [keyOf(provider, source), after] as const,
    )
    this.#stream.put(set, keyed)
  }

  #emitEvent(set: string, provider: string, changes: GroupChanges, cause: ChangeCause): void {
    if (changes.size === 0 || !this.#events.observed) return
    const keyed = Array.from(changes, ([source, change]): [GroupKey, GroupChange] => {
      return [keyOf(provider, source), change]
    })
    const at = this.#options.scheduler.now()
    this.#events.next({ at, set, provider, cause, changes: new Map(keyed) })
  }

  /** What a set shows of a provider: its groups, or what the guard keeps in their place. */
  #shown(set: string, provider: Provider): ReadonlyMap<string, TargetGroup> {
    const held = this.#guard.held(set, provider.name)
    return held.size === 0 ? provider.groups : new Map([...provider.groups, ...held])
  }

  #count({ updates, news, wasDelayed }: UpdateBatch): void {
    if (news.size === 0) return
    const { metrics, scheduler } = this.#options
    metrics.sent(wasDelayed)
    for (const { set, removed } of updates) {
      if (removed === true || !news.has(set)) continue
      metrics.targets(set, this.#truth(set) + this.#guard.heldTargets(set))
      metrics.updated(set, scheduler.now())
    }
  }

  /** The number of a set's targets as its providers have them. */
  #truth(set: string): number {
    const providers = this.#plan.get(set) ?? []
    return providers.reduce((sum, provider) => sum + provider.targets, 0)
  }

  /** All there is now, one update per set. */
  *#state(): Iterable<TargetUpdate> {
    const { generation } = this.#stream
    for (const [set, providers] of this.#plan) {
      const groups = providers.flatMap((provider) =>
        Array.from(this.#shown(set, provider), ([source, group]): [GroupKey, TargetGroup] => {
          return [keyOf(provider.name, source), group]
        }),
      )
      yield { set, generation, changes: new Map(groups) }
    }
  }
}

function keyOf(provider: string, source: string): GroupKey {
  return `${provider}/${source}`
}

function subscriptions(plan: Plan): ReadonlyMap<Provider, readonly string[]> {
  const sets = new Map<Provider, string[]>()
  for (const [set, providers] of plan) {
    for (const provider of providers) {
      const list = sets.get(provider)
      if (list === undefined) sets.set(provider, [set])
      else list.push(set)
    }
  }
  return sets
}
