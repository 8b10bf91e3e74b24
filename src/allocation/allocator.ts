import { createHash } from 'node:crypto'
import type { Registry } from 'prom-client'
import { asyncScheduler, type Observable, type SchedulerLike, Subject, Subscription } from 'rxjs'
import type { DiscoveryManager } from '../discovery/index.js'
import type { TargetUpdate } from '../discovery/updates.js'
import { parseDuration } from '../go/model-duration.js'
import type { Labels } from '../labels/index.js'
import type { Prepared, Reloadable } from '../reload/index.js'
import { safeStream } from '../reload/safe-stream.js'
import type { Actor } from '../run/index.js'
import type { ScrapeManager } from '../scrape/index.js'
import { type Logger, silentLogger } from '../telemetry/index.js'
import { type Lane, type Steps, Turns } from '../waiting/turns.js'
import { isBounded, unitsOf } from './assign.js'
import { assignBounded } from './bounded.js'
import { Choice, ChoiceDiff } from './choice.js'
import { type AllocatorConfig, rulesOf } from './config.js'
import { type Epoch, newestMembers } from './epoch.js'
import { orderOf } from './hash.js'
import { JobShares, type Placed } from './job-shares.js'
import type { SharedTarget } from './shared-target.js'
import { type MemberChange, Membership } from './membership.js'
import { AllocationMetrics, type AllocationNumbers } from './metrics.js'
import { type Asking, Overlaps } from './overlaps.js'
import { isSameOwners, OwnerSets } from './owner-sets.js'
import { memberSet, Roster } from './roster.js'
import type { Facet } from './rules.js'
import type { AllocationSource, MemberStatus, OwnedTarget, Share, ShareChange } from './source.js'
import { advanced, BudgetMeter, struck, withMembers } from './steward.js'
import { TargetReader, valueOf } from './target-reader.js'
import { zoneParts } from './zone-parts.js'

/**
 * Whose epochs are in force: those that are made here, or one that was given. `waiting`: another one decides, and what is
 * not known; an epoch that is in force stays. `own`: an epoch that is made here comes into force once it is `from`: when
 * every replica can have it.
 */
export type EpochDecision =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'own'; readonly from: Epoch | undefined }
  | { readonly kind: 'given'; readonly epoch: Epoch }

/** What an {@link Allocator} is built from. */
export interface AllocatorOptions {
  /** Whose targets are shared out. */
  readonly pools: Pick<ScrapeManager, 'pools' | 'pool' | 'changes' | 'isPoolSettled'>
  /** Finds the members: the set `members`. */
  readonly discovery: Pick<DiscoveryManager, 'updates' | 'providers' | 'isSetSettled'>
  readonly registry: Registry
  readonly logger?: Logger
  /** All time comes from here. */
  readonly scheduler?: SchedulerLike
  /** Where long work takes its time from; the process should have one. Left out: one of its own. */
  readonly turns?: Turns
  /** Who decides; left out: always this allocator. */
  readonly decisions?: Observable<EpochDecision>
  /** Begins the versions of shares; differs from run to run. */
  readonly random?: () => number
}

/** One job, shared out. */
interface SharedJob {
  readonly shares: JobShares
  readonly overlaps: Overlaps
  /** How far its pool is taken: `queued` changes wait, also while others are being taken. */
  state: 'idle' | 'queued' | 'syncing'
}

/** How often what has become due is done, in milliseconds. */
const tickMs = 1000
/** Targets looked at between two pauses. */
const atOnce = 128

/**
 * Shares the targets of all pools out among members, as an actor. Everything long is done in turns, one thing
 * after the other: a change of a pool, a pass over all targets for another choice.
 */
export class Allocator implements Actor, Reloadable<AllocatorConfig>, AllocationSource {
  readonly name = 'allocator'
  readonly changes: Observable<ShareChange>
  /** The epochs that are made here, as they come into force. */
  readonly epochs: Observable<Epoch>
  readonly #changes = new Subject<ShareChange>()
  readonly #epochs = new Subject<Epoch>()
  readonly #options: AllocatorOptions
  readonly #logger: Logger
  readonly #scheduler: SchedulerLike
  readonly #lane: Lane
  readonly #metrics: AllocationMetrics
  readonly #stop = new AbortController()
  readonly #work = new Subscription()
  readonly #membership = new Membership()
  readonly #meter = new BudgetMeter()
  readonly #jobs: Map<string, SharedJob> = new Map()
  /** When each member asked last, by job. */
  readonly #fetched: Map<string, Map<string, number>> = new Map()
  readonly #scrapeMs: Map<string, number> = new Map()
  readonly #versionPrefix: string
  #made = 0
  #sets = new OwnerSets()
  #config: AllocatorConfig | undefined
  #roster: Roster | undefined
  #reader: TargetReader | undefined
  #decision: EpochDecision = { kind: 'own', from: undefined }
  #epoch: Epoch | undefined
  /** What was given last: the next replica that decides goes on from there. */
  #given: Epoch | undefined
  /** What was made here and is not in force yet. */
  #proposed: Epoch | undefined
  /** Discovery has shown all members once. */
  #isListed = false
  #choice: Choice | undefined
  /** The orders of the targets that wait to move to the newest members, sorted; undefined where not known. */
  #pending: Float64Array | undefined
  /** A pass waits for its turn; one more may wait while another runs. */
  #isPassQueued = false
  #isPassRunning = false
  /**
   * With a bound: the owners of each key by the last pass. A target whose labels have changed keeps them until the
   * next pass says who has it. Empty without a bound.
   */
  #bounded: ReadonlyMap<number, readonly string[]> = new Map()
  /** Discovery has shown members that could not be taken yet. */
  #isListOwed = true
  #failure: { readonly error: unknown } | undefined

  constructor(options: AllocatorOptions) {
    const { logger = silentLogger, scheduler = asyncScheduler, turns = new Turns() } = options
    const { random = Math.random } = options
    this.#options = options
    this.#logger = logger
    this.#scheduler = scheduler
    this.#lane = turns.lane()
    this.#versionPrefix = Math.floor(random() * 2 ** 48).toString(36)
    this.#metrics = new AllocationMetrics(options.registry, () => this.#numbers())
    const fail = (error: unknown): void => this.#fail(error)
    this.changes = safeStream(this.#changes, fail)
    this.epochs = safeStream(this.#epochs, fail)
  }

  /**
   * Compiles the rules of the members.
   * @throws {PatternError} when the regex of a rule is not valid
   */
  prepare(config: AllocatorConfig): Prepared {
    const roster = new Roster(config.members.relabel_configs, this.#logger)
    return { commit: () => this.#commit(config, roster), discard: () => {} }
  }

  /**
   * Follows members and pools until it is interrupted.
   * @throws what its streams fail with
   */
  async execute(): Promise<void> {
    const { signal } = this.#stop
    if (!signal.aborted) await this.#follow(signal)
    if (this.#failure !== undefined) throw this.#failure.error
  }

  interrupt(): void {
    this.#changes.complete()
    this.#epochs.complete()
    this.#stop.abort()
  }

  get state(): AllocationSource['state'] {
    if (this.#choice === undefined || !this.#isComplete) return 'waiting'
    return newestMembers(this.#choice.epoch).length === 0 ? 'empty' : 'ready'
  }

  get fingerprint(): string {
    const { stages } = this.#choice?.epoch ?? { stages: [] }
    return digest([this.#choice?.rules, this.#reader?.labels, stages])
  }

  /** What was decided here last, in force or not yet. */
  get decided(): Epoch | undefined {
    return this.#proposed ?? this.#given ?? this.#epoch
  }

  /** What is remembered; undefined before the members are known. */
  get epoch(): Epoch | undefined {
    return this.#epoch
  }

  members(): readonly MemberStatus[] {
    const jobs = [...this.#jobs.values()]
    return this.#membership.all().map(({ id, weight, zone, node, state, lastSeen, refreshMs }) => {
      const targets = jobs.reduce((sum, { shares }) => sum + shares.sizeOf(id), 0)
      return {
        id,
        weight,
        zone,
        node,
        state,
        lastSeen,
        refreshMs,
        targets,
        ...this.#overlapping(id),
      }
    })
  }

  has(member: string): boolean {
    return this.#membership.has(member)
  }

  share(job: string, member: string): Share | undefined {
    const share = this.#jobs.get(job)?.shares.share(member)
    if (share !== undefined && (share.count > 0 || this.has(member))) {
      const { version, count, parts } = share
      return { version, count, parts }
    }
    return this.has(member) ? { version: 'empty', count: 0, parts: [] } : undefined
  }

  isSettled(job: string): boolean {
    return (
      this.#choice !== undefined &&
      !this.#isPassQueued &&
      !this.#isPassRunning &&
      (this.#jobs.get(job)?.state ?? 'queued') === 'idle' &&
      this.#options.pools.isPoolSettled(job)
    )
  }

  unassigned(job?: string): number {
    const jobs = job === undefined ? [...this.#jobs.values()] : [this.#jobs.get(job)]
    return jobs.reduce((sum, one) => sum + (one?.shares.unassigned ?? 0), 0)
  }

  jobFingerprint(job: string): string | undefined {
    return this.#jobs.get(job)?.shares.fingerprint
  }

  /** How many targets of a job, or of all, there are. */
  count(job?: string): number {
    const jobs = job === undefined ? [...this.#jobs.values()] : [this.#jobs.get(job)]
    return jobs.reduce((sum, one) => sum + (one?.shares.count ?? 0), 0)
  }

  /** The jobs that are shared out. */
  jobs(): readonly string[] {
    return [...this.#jobs.keys()].sort()
  }

  /** How many targets have an old member beside the new one. */
  get overlapping(): number {
    return [...this.#jobs.values()].reduce((sum, { overlaps }) => sum + overlaps.size, 0)
  }

  /** How many targets wait for the budget. */
  get pending(): number {
    const below = this.#epoch?.stages[0]?.below ?? 0
    return this.#pending?.filter((order) => order >= below).length ?? 0
  }

  owners(job: string, address: string): readonly OwnedTarget[] {
    const found: OwnedTarget[] = []
    for (const one of this.#jobs.get(job)?.shares.targets() ?? []) {
      const { target, range } = one
      const { discovered: group } = range.targets
      const discovered = { own: group.targets[range.from] ?? {}, shared: group.labels }
      if (
        valueOf(discovered, '__address__') !== address &&
        target.value('__address__') !== address
      ) {
        continue
      }
      const { owners, leaving } = one
      found.push({ job, address, labels: publicLabels(target.labels()), owners, leaving })
    }
    return found
  }

  fetched(job: string, member: string, refreshMs: number | undefined): void {
    const now = this.#now
    let ofJob = this.#fetched.get(job)
    if (ofJob === undefined) {
      if (!this.#jobs.has(job)) return
      ofJob = new Map()
      this.#fetched.set(job, ofJob)
    }
    if (!this.has(member)) return
    ofJob.set(member, now)
    this.#tell(this.#membership.seen(member, refreshMs, now))
  }

  get #now(): number {
    return this.#scheduler.now()
  }

  /** Whether every provider of members has answered, and all of that has been taken. */
  get #isComplete(): boolean {
    const providers = this.#options.discovery.providers()
    // Before the first config there are none, which says nothing.
    return (
      providers.length > 0 &&
      providers.every(({ lastSuccess, staleSince }) => (lastSuccess ?? staleSince) !== undefined)
    )
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { pools, discovery, decisions } = this.#options
    const error = (thrown: unknown): void => this.#fail(thrown)
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
      this.#work.add(
        pools.changes.subscribe({
          next: ({ pool, removed }) => (removed === true ? this.#forget(pool) : this.#sync(pool)),
          error,
        }),
      )
      this.#work.add(discovery.updates.subscribe({ next: (one) => this.#take(one), error }))
      this.#scheduleTick()
      if (decisions === undefined) return
      this.#work.add(decisions.subscribe({ next: (one) => this.#decide(one), error }))
    })
    this.#work.unsubscribe()
  }

  #scheduleTick(): void {
    const timer = this.#scheduler.schedule(() => {
      this.#work.remove(timer)
      this.#scheduleTick()
      this.#tick()
    }, tickMs)
    this.#work.add(timer)
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#stop.abort()
  }

  #commit(config: AllocatorConfig, roster: Roster): void {
    const before = this.#config
    this.#config = config
    this.#roster = this.#roster?.with(roster) ?? roster
    if (config.strategy !== rulesOf(config).strategy) {
      this.#logger.info('The strategy is another name for one of ours', {
        strategy: config.strategy,
        used: rulesOf(config).strategy,
      })
    }
    const labels = {
      key: config.key,
      zone: config.zone.of,
      node: config.node.of,
      weight: config.weights.label,
    }
    const isReread =
      before !== undefined && JSON.stringify(this.#reader?.labels) !== JSON.stringify(labels)
    if (before === undefined || isReread) this.#reader = new TargetReader(labels)
    if (isReread) this.#reread()
    if (this.#epoch !== undefined) this.#use(this.#epoch)
    this.#list()
  }

  #take(update: TargetUpdate): void {
    this.#roster?.take(update)
    this.#list()
  }

  /** Takes the members that discovery shows, once it has shown all of them. */
  #list(): void {
    const isSettled = this.#isComplete && this.#options.discovery.isSetSettled(memberSet)
    this.#isListOwed = this.#roster === undefined || !isSettled
    if (this.#roster === undefined || !isSettled) return
    this.#tell(this.#membership.list(this.#roster.members(), this.#now))
    this.#isListed = true
    this.#followMembers()
  }

  #followMembers(): void {
    const config = this.#config
    // Before the members are known every one of them would look gone.
    if (config === undefined || !this.#isListed) return
    const members = this.#membership.owners()
    const isBudgeted = config.moves.budget.share < 1
    if (this.#options.decisions === undefined) {
      const next = withMembers(this.#epoch, members, isBudgeted)
      if (next !== this.#epoch) this.#use(next)
      return
    }
    // Members that are gone are gone for every replica at once, no matter which one decides.
    const base = this.#given ?? this.#epoch
    const next = base && struck(base, members)
    if (next !== undefined && !isSameEpoch(next, this.#epoch)) this.#use(next)
    if (this.#decision.kind === 'own') {
      this.#propose(withMembers(this.#proposed ?? base, members, isBudgeted))
    }
  }

  #propose(epoch: Epoch): void {
    if (epoch === (this.#proposed ?? this.#given)) return
    this.#proposed = epoch
    this.#epochs.next(epoch)
  }

  #decide(decision: EpochDecision): void {
    this.#decision = decision
    const given = decision.kind === 'given' ? decision.epoch : undefined
    const known = decision.kind === 'own' ? decision.from : given
    if (known !== undefined) this.#given = known
    const isDone = (this.#proposed?.generation ?? 0) <= (known?.generation ?? 0)
    if (decision.kind !== 'own' || isDone) this.#proposed = undefined
    this.#followMembers()
  }

  /** An epoch comes into force, or the one that is under other rules. */
  #use(epoch: Epoch): void {
    const config = this.#config
    if (config === undefined) return
    const before = this.#epoch
    this.#epoch = epoch
    if (before?.stages[0]?.members !== epoch.stages[0]?.members) this.#pending = undefined
    if (this.#options.decisions === undefined && before !== epoch) this.#epochs.next(epoch)
    this.#pass()
    if (epoch.stages.length > 1 && this.#pending === undefined) this.#run(() => this.#findPending())
  }

  #run(steps: () => Steps): void {
    this.#work.add(
      this.#lane.run(steps).subscribe({ error: (error: unknown) => this.#fail(error) }),
    )
  }

  /** Does what has become due: members, overlaps, the budget. */
  #tick(): void {
    const config = this.#config
    if (config === undefined) return
    if (this.#isListOwed) this.#list()
    const changes = this.#membership.tick(config.moves, this.#now)
    this.#tell(changes)
    if (changes.length > 0) this.#followMembers()
    this.#run(() => this.#endOverlaps(config))
    this.#advance(config)
  }

  #tell(changes: readonly MemberChange[]): void {
    for (const { id, from, to } of changes) {
      if (to === undefined) for (const ofJob of this.#fetched.values()) ofJob.delete(id)
      const level = to === 'silent' || to === 'evicted' ? 'warn' : 'info'
      this.#logger[level]('Member changes', { member: id, from: from ?? 'new', to: to ?? 'gone' })
    }
  }

  #advance({ moves: { budget } }: AllocatorConfig): void {
    const epoch = this.#epoch
    const pending = this.#pending
    const room = this.#meter.room(budget, this.count(), this.#now)
    if (this.#decision.kind !== 'own' || epoch === undefined || pending === undefined) return
    // One step after the other: the next one goes on from what is in force.
    if (this.#proposed !== undefined) return
    const next = advanced(epoch, pending, room)
    if (next === epoch) return
    const from = epoch.stages[0]?.below ?? 0
    const to = next.stages[0]?.below ?? 0
    const moved = pending.filter((order) => order >= from && order < to).length
    this.#meter.spend(budget, this.count(), moved)
    if (this.#options.decisions === undefined) this.#use(next)
    else this.#propose(next)
  }

  /** A pool shows something else. */
  #sync(name: string): void {
    const job = this.#jobs.get(name)
    if (job?.state === 'queued') return
    const made = job ?? this.#create()
    if (made === undefined) return
    this.#jobs.set(name, made)
    made.state = 'queued'
    this.#run(() => this.#syncSteps(name, made))
  }

  *#syncSteps(name: string, job: SharedJob): Steps {
    job.state = 'syncing'
    const pool = this.#options.pools.pool(name)
    if (pool === undefined || this.#jobs.get(name) !== job || this.#choice === undefined) return
    yield* job.shares.sync(pool)
    job.state = settled(job)
    this.#emit(name, job)
    if (isBounded(this.#choice.rules) || this.#isZonesChanged()) this.#pass()
  }

  #create(): SharedJob | undefined {
    const reader = this.#reader
    if (reader === undefined) return undefined
    this.#made += 1
    const overlaps = new Overlaps()
    const shares = new JobShares({
      reader,
      prefix: `${this.#versionPrefix}-${String(this.#made)}`,
      place: (key, facet) => this.#place(overlaps, key, facet),
    })
    return { overlaps, shares, state: 'idle' }
  }

  #place(overlaps: Overlaps, key: number, facet: Facet): Placed {
    const choice = this.#choice
    if (choice === undefined) return { owners: [], leaving: [] }
    // With a bound the pass that follows says who has one that is new.
    const owners = isBounded(choice.rules)
      ? (this.#bounded.get(key) ?? [])
      : choice.owners(key, facet)
    const leaving = overlaps.leaving(key).filter((id) => !owners.includes(id))
    return { owners, leaving }
  }

  #forget(name: string): void {
    const job = this.#jobs.get(name)
    if (job === undefined) return
    this.#jobs.delete(name)
    this.#fetched.delete(name)
    this.#changes.next({ job: name, members: new Set(this.#membership.all().map(({ id }) => id)) })
  }

  /** The choice follows other labels: the shares are made again, beside the old ones. */
  #reread(): void {
    this.#run(() => this.#rereadSteps())
  }

  *#rereadSteps(): Steps {
    for (const [name, old] of this.#jobs) {
      const pool = this.#options.pools.pool(name)
      const job = this.#create()
      if (pool === undefined || job === undefined) continue
      yield* job.shares.sync(pool)
      let done = 0
      for (const one of job.shares.targets()) {
        const before = old.shares.find(one.target, one.range)
        const had = before === undefined ? [] : [...before.owners, ...before.leaving]
        if (had.length > 0) this.#move(name, job, one, one.owners, had)
        done += 1
        if (done % atOnce === 0) yield
      }
      this.#jobs.set(name, job)
      this.#emit(name, job)
    }
  }

  /** Gives every target to those who have it by the epoch and the rules that are in force then. */
  #pass(): void {
    if (this.#isPassQueued) return
    this.#isPassQueued = true
    this.#run(() => this.#passSteps())
  }

  *#passSteps(): Steps {
    this.#isPassQueued = false
    this.#isPassRunning = true
    try {
      yield* this.#passNow()
    } finally {
      this.#isPassRunning = false
    }
  }

  *#passNow(): Steps {
    const [config, epoch, before] = [this.#config, this.#epoch, this.#choice]
    if (config === undefined || epoch === undefined) return
    const after = new Choice(epoch, rulesOf(config), this.#sets, this.#zoneParts(config, epoch))
    this.#choice = after
    if (before === undefined) {
      for (const { name } of this.#options.pools.pools()) this.#sync(name)
      return
    }
    if (isBounded(after.rules)) {
      yield* this.#passBounded(after)
      return
    }
    this.#bounded = new Map()
    const diff = isBounded(before.rules) ? undefined : new ChoiceDiff(before, after)
    for (const [name, job] of this.#jobs) {
      let done = 0
      for (const one of job.shares.targets()) {
        const { key, facet } = one
        const owners = diff?.owners(key, facet, one.owners) ?? after.owners(key, facet)
        if (!isSameOwners(owners, one.owners)) this.#move(name, job, one, owners)
        done += 1
        if (done % atOnce === 0) yield
      }
      this.#emit(name, job)
      yield
    }
  }

  *#passBounded(choice: Choice): Steps {
    const { all, owners } = yield* this.#ownersWithBound(choice)
    const byKey = new Map<number, readonly string[]>()
    for (const [i, { name, job, one }] of all.entries()) {
      const next = this.#sets.of(owners[i] ?? [])
      byKey.set(one.key, next)
      if (!isSameOwners(next, one.owners)) this.#move(name, job, one, next)
      if (i % atOnce === 0) yield
    }
    this.#bounded = byKey
    for (const [name, job] of this.#jobs) this.#emit(name, job)
  }

  /** The owners of all targets together. */
  *#ownersWithBound(choice: Choice): Steps<{
    readonly all: readonly {
      readonly name: string
      readonly job: SharedJob
      readonly one: SharedTarget
    }[]
    readonly owners: readonly (readonly string[])[]
  }> {
    const all: { name: string; job: SharedJob; one: SharedTarget }[] = []
    for (const [name, job] of this.#jobs) {
      for (const one of job.shares.targets()) {
        all.push({ name, job, one })
        if (all.length % 1024 === 0) yield
      }
    }
    const { units, unitAt } = unitsOf(all.map(({ one }) => one))
    yield
    const ofUnits = yield* assignBounded(units, choice)
    return { all, owners: unitAt.map((at) => ofUnits[at] ?? []) }
  }

  /** Finds the targets that the newest members will have, and that others have now. */
  *#findPending(): Steps {
    const [now, epoch] = [this.#choice, this.#epoch]
    if (now === undefined || epoch === undefined || epoch.stages.length < 2) return
    const then = new Choice(epoch, now.rules, this.#sets).finally()
    const orders: number[] = []
    if (isBounded(now.rules)) {
      const { all, owners } = yield* this.#ownersWithBound(then)
      for (const [i, { one }] of all.entries()) {
        if (!isSameOwners(owners[i] ?? [], one.owners)) orders.push(orderOf(one.key))
      }
    } else {
      const diff = new ChoiceDiff(now, then)
      let done = 0
      for (const { shares } of this.#jobs.values()) {
        for (const { key, facet, owners } of shares.targets()) {
          const others = diff.owners(key, facet, owners)
          if (!isSameOwners(others, owners)) orders.push(orderOf(key))
          done += 1
          if (done % atOnce === 0) yield
        }
      }
    }
    yield
    // Another epoch may have come meanwhile, which asks for its own.
    if (this.#epoch?.stages[0]?.members !== epoch.stages[0]?.members) return
    const below = epoch.stages[0]?.below ?? 0
    this.#pending = Float64Array.from(orders.filter((order) => order >= below)).sort()
    if (this.#config !== undefined) this.#advance(this.#config)
  }

  #move(
    name: string,
    job: SharedJob,
    one: SharedTarget,
    owners: readonly string[],
    had: readonly string[] = [...one.owners, ...one.leaving],
  ): void {
    const { overlap = 'auto' } = this.#config?.moves ?? {}
    const timing = { overlap, scrapeMs: this.#scrapeMsOf(one), now: this.#now }
    const asking = (member: string): Asking => this.#asking(name, member)
    const leaving = job.overlaps.move(one.key, had, owners, timing, asking)
    if (one.owners.length > 0 && !isSameOwners(one.owners, owners)) {
      const isGone = one.owners.some((id) => !this.#membership.has(id))
      this.#metrics.moved(isGone ? 'gone' : 'better')
    }
    job.shares.give(one, owners, leaving)
  }

  *#endOverlaps({ moves: { overlap } }: AllocatorConfig): Steps {
    for (const [name, { shares, overlaps }] of this.#jobs) {
      if (overlaps.size === 0) continue
      const asking = (member: string): Asking => this.#asking(name, member)
      const ended = overlaps.ended(overlap, this.#now, asking)
      yield
      if (ended.size === 0) continue
      let done = 0
      for (const one of shares.targets()) {
        if (one.leaving.length > 0 && ended.has(one.key)) shares.give(one, one.owners, [])
        done += 1
        if (done % 1024 === 0) yield
      }
      this.#emitShares(name, shares)
    }
  }

  #emit(name: string, { shares }: SharedJob): void {
    this.#emitShares(name, shares)
  }

  #emitShares(name: string, shares: JobShares): void {
    const members = shares.takeTouched()
    if (members.size > 0) this.#changes.next({ job: name, members })
  }

  #asking(job: string, member: string): Asking {
    const refreshMs = this.#membership.refreshMs(member)
    return { fetchedAt: this.#fetched.get(job)?.get(member), refreshMs }
  }

  #scrapeMsOf({ target }: SharedTarget): number {
    const written = target.value('__scrape_interval__')
    let ms = this.#scrapeMs.get(written)
    if (ms === undefined) {
      ms = durationOr(written, 60_000)
      if (this.#scrapeMs.size > 1000) this.#scrapeMs.clear()
      this.#scrapeMs.set(written, ms)
    }
    return ms
  }

  #zoneParts(config: AllocatorConfig, epoch: Epoch): ReturnType<typeof zoneParts> {
    if (rulesOf(config).zones !== 'soft') return new Map()
    const counts = new Map<string, number>()
    for (const { shares } of this.#jobs.values()) {
      for (const [zone, count] of shares.zones) counts.set(zone, (counts.get(zone) ?? 0) + count)
    }
    return zoneParts(counts, newestMembers(epoch))
  }

  #isZonesChanged(): boolean {
    const [config, choice] = [this.#config, this.#choice]
    if (config === undefined || choice === undefined) return false
    const parts = this.#zoneParts(config, choice.epoch)
    return !choice.hasZoneParts(parts)
  }

  #overlapping(id: string): { readonly overlapping: number } {
    let overlapping = 0
    for (const { shares, overlaps } of this.#jobs.values()) {
      if (overlaps.size === 0) continue
      for (const { leaving } of shares.targetsOf(id)) if (leaving.includes(id)) overlapping += 1
    }
    return { overlapping }
  }

  #numbers(): AllocationNumbers | undefined {
    const choice = this.#choice
    if (choice === undefined) return undefined
    return {
      strategy: choice.rules.strategy,
      fingerprint: this.fingerprint,
      members: this.members(),
      allocatable: newestMembers(choice.epoch).length,
      targets: this.count(),
      unassigned: this.unassigned(),
      overlapping: this.overlapping,
      pending: this.pending,
    }
  }
}

/** One that was queued meanwhile still is. */
function settled({ state }: SharedJob): SharedJob['state'] {
  return state === 'queued' ? state : 'idle'
}

function publicLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !name.startsWith('__')))
}

function durationOr(written: string, otherwise: number): number {
  try {
    return parseDuration(written)
  } catch {
    return otherwise
  }
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}

/** Whether an epoch is the one in force, which may be another object of the same text. */
function isSameEpoch(one: Epoch, other: Epoch | undefined): boolean {
  return one === other || (other !== undefined && JSON.stringify(one) === JSON.stringify(other))
}
