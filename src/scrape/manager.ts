import { type Observable, Subject, Subscription } from 'rxjs'
import type { Registry } from 'prom-client'
import type { TargetUpdate } from '../discovery/updates.js'
import { compareNames, RelabelThread } from '../relabel/index.js'
import type { Prepared, Reloadable } from '../reload/index.js'
import { safeStream } from '../reload/safe-stream.js'
import type { Actor } from '../run/index.js'
import { type Logger, silentLogger } from '../telemetry/index.js'
import { type Lane, Turns, type WaitingSteps } from '../waiting/turns.js'
import { type ConfiguredJob, ConfiguredJobs } from './configured-jobs.js'
import type { ScrapeJob } from './job.js'
import type { GlobalHost } from './lists/elements.js'
import { SelectionCache } from './lists/name-selections.js'
import { ScrapeMetrics } from './metrics.js'
import { ScrapePool, type ScrapePoolOptions } from './pool.js'
import type { PoolObserver } from './pool-observer.js'

/** A pool shows something else, or is gone. */
export interface PoolChange {
  readonly pool: string
  readonly removed?: true
}

/** What a {@link ScrapeManager} is built from. */
export interface ScrapeManagerOptions {
  /**
   * What discovery finds: first the whole state, then changes. An update for a set that has no job is
   * ignored: prepare the jobs before discovery commits their sets.
   * Its changes must stay as they are once it was sent.
   */
  readonly updates: Observable<TargetUpdate>
  readonly registry: Registry
  readonly logger?: Logger
  /** Gives the host under which others reach a target, for `globalUrl`. */
  readonly globalHost?: GlobalHost
  /** A number in [0, 1): makes the versions of pools differ from those of other runs. */
  readonly random?: () => number
  /** Makes the observer of a new pool; left out: pools have none. */
  readonly observe?: (pool: string) => PoolObserver
  /** Relabels targets that rules take too long for. Left out: one of its own. */
  readonly thread?: RelabelThread
  /** Where long work takes its time from; the process should have one. Left out: one of its own. */
  readonly turns?: Turns
}

/** A pool, and its work: done in order, cancelled when the pool goes. */
interface RunningPool {
  readonly pool: ScrapePool
  readonly lane: Lane
  readonly work: Subscription
}

/** Who asks what rules do may wait behind this many others, where that takes long. */
const maxExplaining = 8

const noChanges: TargetUpdate['changes'] = new Map()

/**
 * Owns the scrape pools: one for each job that discovery has sent an update for. A large change takes
 * several turns of the event loop; until it is complete, readers see what was before.
 *
 * A reload commits jobs here and target sets in discovery, in either order. A pool takes its new job
 * when that is committed, or with the first update that discovery sends for the new config.
 */
export class ScrapeManager implements Actor, Reloadable<readonly ScrapeJob[]> {
  readonly name = 'scrape manager'
  /**
   * Which pool shows something else; a new subscriber gets later changes only. What a subscriber throws
   * ends the manager, as an error of `execute`.
   */
  readonly changes: Observable<PoolChange>
  readonly #updates: Observable<TargetUpdate>
  readonly #changes = new Subject<PoolChange>()
  readonly #logger: Logger
  readonly #observe: ScrapeManagerOptions['observe']
  /** What all pools are given. */
  readonly #shared: Omit<ScrapePoolOptions, 'observer'>
  readonly #turns: Turns
  readonly #stop = new AbortController()
  readonly #pools: Map<string, RunningPool> = new Map()
  readonly #jobs = new ConfiguredJobs()
  #created = 0
  /** Why it ends, where that is an error. */
  #failure: { readonly error: Error } | undefined

  constructor(options: ScrapeManagerOptions) {
    const { random = Math.random, turns = new Turns() } = options
    const { logger = silentLogger, globalHost = (scheme, host) => ({ scheme, host }) } = options
    this.changes = safeStream(this.#changes, (error) => this.#fail(error))
    this.#updates = options.updates
    this.#logger = logger
    this.#observe = options.observe
    this.#turns = turns
    this.#shared = {
      logger,
      metrics: new ScrapeMetrics(options.registry),
      globalHost,
      selections: new SelectionCache(),
      thread: options.thread ?? new RelabelThread(),
      explaining: new RelabelThread({ maxWaiting: maxExplaining }),
      now: () => performance.now() / 1000,
      versionPrefix: Math.floor(random() * 2 ** 48).toString(36),
    }
  }

  /** Every pool, in the order of their names. */
  pools(): readonly ScrapePool[] {
    const pools = Array.from(this.#pools.values(), ({ pool }) => pool)
    return pools.sort((a, b) => compareNames(a.name, b.name))
  }

  pool(name: string): ScrapePool | undefined {
    return this.#pools.get(name)?.pool
  }

  /** Whether every change that came in is shown. */
  get isSettled(): boolean {
    return [...this.#pools.values()].every(({ lane }) => lane.isIdle)
  }

  /** Whether every change of one pool that came in is shown. */
  isPoolSettled(name: string): boolean {
    return this.#pools.get(name)?.lane.isIdle ?? true
  }

  /**
   * Follows discovery until it is interrupted.
   * @throws what the updates fail with, and what a subscriber of {@link changes} throws
   */
  async execute(): Promise<void> {
    const { signal } = this.#stop
    if (!signal.aborted) await this.#follow(signal)
    if (this.#failure !== undefined) throw this.#failure.error
  }

  interrupt(): void {
    this.#changes.complete()
    this.#stop.abort()
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const subscription = new Subscription()
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
      subscription.add(
        this.#updates.subscribe({
          next: (update) => this.#take(update),
          error: (error: unknown) => this.#fail(error),
          complete: resolve,
        }),
      )
    })
    subscription.unsubscribe()
    for (const { work } of this.#pools.values()) work.unsubscribe()
    this.#shared.thread.close()
    this.#shared.explaining.close()
  }

  #fail(error: unknown): void {
    this.#failure ??= { error: asError(error) }
    this.#stop.abort()
  }

  /**
   * Compiles the rules of all jobs.
   * @throws when the rules of a job cannot be compiled
   */
  prepare(jobs: readonly ScrapeJob[]): Prepared {
    const prepared = this.#jobs.prepare(jobs)
    return {
      commit: () => {
        this.#jobs.commit(prepared)
        this.#updatePools()
      },
      discard: () => {
        this.#jobs.discard(prepared)
        this.#updatePools()
      },
    }
  }

  /** Gives every pool the job that is in force; most have it already. */
  #updatePools(): void {
    for (const [name, running] of this.#pools) {
      const configured = this.#jobs.get(name)
      if (configured === undefined) this.#remove(name)
      else this.#run(running, running.pool.update(configured, noChanges))
    }
  }

  #take(update: TargetUpdate): void {
    const { set, changes, removed } = update
    const configured = this.#jobs.of(update)
    if (removed === true) {
      this.#remove(set)
      return
    }
    if (configured === undefined) {
      this.#logger.debug('Ignoring targets of an unknown job', { scrape_pool: set })
      return
    }
    const known = this.#pools.get(set)
    const running = known ?? this.#create(configured)
    const { pool } = running
    this.#run(running, known ? pool.update(configured, changes) : pool.sync(changes))
  }

  #create(configured: ConfiguredJob): RunningPool {
    const { job_name: name } = configured.job
    // A pool that comes again is another one: its versions must not be those of the one before.
    this.#created += 1
    const versionPrefix = `${this.#shared.versionPrefix}-${String(this.#created)}`
    const observer = this.#observe?.(name)
    const pool = new ScrapePool(configured, { ...this.#shared, observer, versionPrefix })
    const running = { pool, lane: this.#turns.lane(), work: new Subscription() }
    this.#pools.set(name, running)
    return running
  }

  /** Does work of a pool as far as the time of this turn goes, and the rest in later turns. */
  #run({ pool, lane, work }: RunningPool, steps: WaitingSteps | undefined): void {
    if (steps === undefined) return
    work.add(
      lane
        .run(() => steps)
        .subscribe({
          error: (error: unknown) => this.#fail(error),
          complete: () => this.#changes.next({ pool: pool.name }),
        }),
    )
  }

  #remove(name: string): void {
    const running = this.#pools.get(name)
    if (running === undefined) return
    running.work.unsubscribe()
    this.#pools.delete(name)
    running.pool.close()
    this.#changes.next({ pool: name, removed: true })
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('discovery updates failed', { cause: thrown })
}
