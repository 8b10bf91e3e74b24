import { type Observable, Subject, Subscription } from 'rxjs'
import type { Registry } from 'prom-client'
import type { GroupKey, TargetUpdate } from '../discovery/updates.js'
import type { TargetGroup } from '../discovery/groups/target-group.js'
import type { Prepared, Reloadable } from '../reload/index.js'
import type { Actor } from '../run/index.js'
import { type Logger, silentLogger } from '../telemetry/index.js'
import { type Lane, type Steps, Turns } from '../waiting/turns.js'
import { compareNames } from '../relabel/index.js'
import { Blueprint } from './blueprint.js'
import type { GlobalHost } from './entries.js'
import { type ScrapeJob, sameTargets } from './job.js'
import { NameViews } from './name-view.js'
import { ScrapeMetrics } from './metrics.js'
import { type PoolSurroundings, ScrapePool } from './pool.js'
import type { PoolWatch } from './pool-watch.js'

/** A pool shows something else, or is gone. */
export interface PoolChange {
  readonly pool: string
  readonly removed?: true
}

export interface ScrapeManagerOptions {
  /** What discovery finds: first the whole state, then changes. */
  readonly updates: Observable<TargetUpdate>
  readonly registry: Registry
  readonly logger?: Logger
  /** Gives the host under which others reach a target, for `globalUrl`. */
  readonly globalHost?: GlobalHost
  /** A number in [0, 1): tells the versions of this run from those of others. */
  readonly random?: () => number
  /** Gives whoever follows the targets of a pool; left out: nobody. */
  readonly watch?: (pool: string) => PoolWatch
  /** Where long work takes its time from; the process should have one. Left out: one of its own. */
  readonly turns?: Turns
}

/** The work of one pool: in order, and all of it can be cancelled. */
interface PoolWork {
  readonly lane: Lane
  readonly running: Subscription
}

type Groups = Map<GroupKey, TargetGroup | undefined>

/**
 * Owns the scrape pools: one for each job that discovery has told of. Large changes are worked in
 * over several turns of the event loop; until one is complete, readers see what was before.
 */
export class ScrapeManager implements Actor, Reloadable<readonly ScrapeJob[]> {
  readonly name = 'scrape manager'
  /** Which pool shows something else; a new subscriber hears of later changes only. */
  readonly changes: Observable<PoolChange>
  readonly #updates: Observable<TargetUpdate>
  readonly #changes = new Subject<PoolChange>()
  readonly #around: PoolSurroundings
  readonly #turns: Turns
  /** The work of each pool that is not done yet. */
  readonly #work: Map<string, PoolWork> = new Map()
  readonly #pools: Map<string, ScrapePool> = new Map()
  /** Groups of sets that no job is known for; discovery may be ahead of the config. */
  readonly #early: Map<string, Groups> = new Map()
  #blueprints: ReadonlyMap<string, Blueprint> = new Map()
  #settle: ((error?: unknown) => void) | undefined
  #made = 0
  #isStopped = false

  constructor(options: ScrapeManagerOptions) {
    const { random = Math.random } = options
    this.changes = this.#changes.asObservable()
    this.#updates = options.updates
    this.#turns = options.turns ?? new Turns()
    this.#around = {
      logger: options.logger ?? silentLogger,
      metrics: new ScrapeMetrics(options.registry),
      views: new NameViews(),
      globalHost: options.globalHost ?? ((scheme, host) => ({ scheme, host })),
      now: () => performance.now() / 1000,
      ...(options.watch && { watch: options.watch }),
      epoch: Math.floor(random() * 2 ** 48).toString(36),
    }
  }

  /** Every pool, in the order of their names. */
  pools(): readonly ScrapePool[] {
    return [...this.#pools.values()].sort((a, b) => compareNames(a.name, b.name))
  }

  pool(name: string): ScrapePool | undefined {
    return this.#pools.get(name)
  }

  /** Whether every change that came in is shown. */
  get isSettled(): boolean {
    return [...this.#work.values()].every(({ lane }) => lane.isIdle)
  }

  /** Follows discovery until it is interrupted; rejects when the updates fail. */
  execute(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isStopped) {
        resolve()
        return
      }
      const subscription = this.#updates.subscribe({
        next: (update) => this.#take(update),
        error: (error: unknown) => this.#settle?.(error),
        complete: () => this.#settle?.(),
      })
      this.#settle = (error) => {
        subscription.unsubscribe()
        for (const pool of this.#work.keys()) this.#cancel(pool)
        if (error === undefined) resolve()
        else reject(asError(error))
      }
    })
  }

  interrupt(): void {
    this.#isStopped = true
    this.#settle?.()
    this.#changes.complete()
  }

  /**
   * Compiles the rules of all jobs.
   * @throws when the rules of a job cannot be compiled
   */
  prepare(jobs: readonly ScrapeJob[]): Prepared {
    const blueprints = new Map(
      jobs.map((job) => {
        const known = this.#blueprints.get(job.job_name)
        const same = known !== undefined && sameTargets(known.job, job)
        return [job.job_name, same ? known : new Blueprint(job)] as const
      }),
    )
    return { commit: () => this.#commit(jobs, blueprints), discard: () => {} }
  }

  #commit(jobs: readonly ScrapeJob[], blueprints: ReadonlyMap<string, Blueprint>): void {
    this.#blueprints = blueprints
    for (const job of jobs) {
      const { job_name: name } = job
      const blueprint = blueprints.get(name)
      if (blueprint === undefined) continue
      const task = this.#pools.get(name)?.reconfigure(job, blueprint)
      if (task !== undefined) this.#add(name, task)
      const early = this.#early.get(name)
      this.#early.delete(name)
      if (early !== undefined) this.#sync(name, early)
    }
    for (const name of this.#pools.keys()) if (!blueprints.has(name)) this.#remove(name)
  }

  #take({ set, changes, removed }: TargetUpdate): void {
    if (removed) {
      this.#early.delete(set)
      this.#remove(set)
    } else if (this.#blueprints.has(set)) this.#sync(set, changes)
    else {
      const early = this.#early.get(set) ?? new Map()
      for (const [key, group] of changes) early.set(key, group)
      this.#early.set(set, early)
    }
  }

  #sync(set: string, changed: ReadonlyMap<GroupKey, TargetGroup | undefined>): void {
    const blueprint = this.#blueprints.get(set)
    if (blueprint === undefined) return
    let pool = this.#pools.get(set)
    if (pool === undefined) {
      // A pool that comes again is another one: its versions must not be those of the one before.
      this.#made += 1
      const epoch = `${this.#around.epoch}-${String(this.#made)}`
      pool = new ScrapePool(blueprint, { ...this.#around, epoch })
      this.#pools.set(set, pool)
    }
    // A copy, since the work may outlast this turn.
    this.#add(set, pool.sync([...changed]))
  }

  /** Does the work of a pool as far as the budget of this turn goes, and the rest in later turns. */
  #add(pool: string, steps: Steps): void {
    const work = this.#work.get(pool) ?? { lane: this.#turns.lane(), running: new Subscription() }
    this.#work.set(pool, work)
    const running = work.lane
      .run(() => steps)
      .subscribe({
        error: (error: unknown) => this.#settle?.(error),
        complete: () => this.#changes.next({ pool }),
      })
    work.running.add(running)
  }

  /** Forgets what is left to do in a pool. */
  #cancel(pool: string): void {
    this.#work.get(pool)?.running.unsubscribe()
    this.#work.delete(pool)
  }

  #remove(name: string): void {
    const pool = this.#pools.get(name)
    if (pool === undefined) return
    this.#cancel(name)
    this.#pools.delete(name)
    pool.close()
    this.#changes.next({ pool: name, removed: true })
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('discovery updates failed', { cause: thrown })
}
