import { type Registry, Gauge } from 'prom-client'
import {
  asyncScheduler,
  BehaviorSubject,
  distinctUntilChanged,
  type Observable,
  type SchedulerLike,
  Subject,
} from 'rxjs'
import { safeStream } from '../reload/safe-stream.js'
import type { Actor } from '../run/index.js'
import { errorMessage } from '../telemetry/error-text.js'
import { type Logger, silentLogger } from '../telemetry/index.js'
import { abortReason } from '../waiting/abort-reason.js'
import { backOffDelay } from '../waiting/back-off.js'
import { sleep } from '../waiting/sleep.js'
import type { ElectionStore } from './election-store.js'

/**
 * Where a replica stands. `waiting`: it does not lead, and has seen no decision yet. `following`: the decision of the last leader is
 * in force, whether or not there is a leader now. `leading`: it decides, and goes on from what was written last.
 */
export type Standing =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'following'; readonly decision: Buffer }
  | { readonly kind: 'leading'; readonly from: Buffer | undefined }

export interface ElectionOptions {
  readonly store: ElectionStore
  /** The keys are `<prefix>/leader` and `<prefix>/decision`. */
  readonly prefix: string
  /** The value of the leader's key, for people. */
  readonly replica: string
  /**
   * What this replica decides while it leads, the present decision first; subscribed to only then. The latest one is
   * written, and it is written until that has worked or the lead is lost.
   */
  readonly decisions: Observable<Buffer>
  readonly scheduler?: SchedulerLike
  readonly random?: () => number
  readonly logger?: Logger
  readonly registry?: Registry
  /** How long a session lives that is not renewed, as the store has it; milliseconds. */
  readonly ttlMs: number
}

/** A read of a key waits for so long. */
const waitMs = 30_000
/** How often a key that no session holds is tried: it may be given to none for a while. */
const tryMs = 1000
/** The end of a session is asked for, and not waited for longer. */
const endMs = 2000
const storeBackOff = { firstMs: 500, maxMs: 5000 }

/** The lead was lost, or may be: another replica may decide from now on. */
class LostError extends Error {
  override readonly name = 'LostError'
}

/**
 * Elects one of several replicas by a lock in a store that all of them share, and tells all of them what the leader
 * decides. A decision is written under the lock, so that only the leader's counts; it stays in force when the leader,
 * the store or the network between them goes.
 *
 * A leader that cannot renew its session in time stops to lead before the store lets another one do so.
 */
export class Election implements Actor {
  readonly name = 'election'
  /** Where this replica stands: now, and whenever that changes. */
  readonly standing: Observable<Standing>
  readonly #standing = new BehaviorSubject<Standing>({ kind: 'waiting' })
  readonly #options: ElectionOptions
  readonly #scheduler: SchedulerLike
  readonly #random: () => number
  readonly #logger: Logger
  readonly #leads: Gauge | undefined
  readonly #stop = new AbortController()
  #failure: { readonly error: unknown } | undefined
  #decision: Buffer | undefined
  #isLeading = false
  /** What the log said last of each concern. */
  readonly #said = new Map<string, string>()

  constructor(options: ElectionOptions) {
    const { scheduler = asyncScheduler, random = Math.random, logger = silentLogger } = options
    this.#options = options
    this.#scheduler = scheduler
    this.#random = random
    this.#logger = logger.child({ component: 'election' })
    this.#leads =
      options.registry &&
      new Gauge({
        name: 'muster_election_leader',
        help: 'Whether this replica decides for all (1) or not (0).',
        registers: [options.registry],
      })
    this.#leads?.set(0)
    this.standing = safeStream(this.#standing, (error) => this.#fail(error)).pipe(
      distinctUntilChanged(isSame),
    )
  }

  /**
   * Takes part until it is interrupted.
   * @throws what a subscriber of {@link standing} throws, and what the decisions fail with
   */
  async execute(): Promise<void> {
    const { signal } = this.#stop
    const fail = (error: unknown): void => {
      if (!signal.aborted) this.#fail(error)
    }
    await Promise.all([this.#watch(signal).catch(fail), this.#campaign(signal).catch(fail)])
    this.#standing.complete()
    if (this.#failure !== undefined) throw this.#failure.error
  }

  interrupt(): void {
    this.#stop.abort()
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#stop.abort()
  }

  /** Follows the decisions of the replica that leads. */
  async #watch(signal: AbortSignal): Promise<never> {
    const key = `${this.#options.prefix}/decision`
    let index = 0
    for (let failures = 0; ; ) {
      try {
        const state = await this.#options.store.read(key, { index, waitMs }, signal)
        // An index that goes back is of a store that was made again.
        index = state.index < index ? 0 : state.index
        failures = 0
        this.#recovered('read')
        this.#see(state.value)
        // Without an index the store cannot make a read wait.
        if (state.index === 0) await sleep(tryMs, this.#scheduler, signal)
      } catch (error) {
        if (signal.aborted) throw abortReason(signal)
        index = 0
        failures += 1
        this.#failed('read', 'Decisions of the leader cannot be read', error)
        await this.#rest(failures, error, signal)
      }
    }
  }

  /** Tries to lead, again and again. */
  async #campaign(signal: AbortSignal): Promise<never> {
    for (let failures = 0; ; ) {
      try {
        await this.#term(signal, () => {
          failures = 0
          this.#recovered('lead')
        })
      } catch (error) {
        if (signal.aborted) throw abortReason(signal)
        failures += 1
        if (error instanceof LostError) this.#logger.warn('No longer the leader', { err: error })
        else this.#failed('lead', 'Taking part in the election failed', error)
        await this.#rest(failures, error, signal)
      }
    }
  }

  /** From a new session to its end. @param onSession the store has given one */
  async #term(outer: AbortSignal, onSession: () => void): Promise<never> {
    const { store, prefix, replica } = this.#options
    const begun = this.#scheduler.now()
    const session = await store.createSession(outer)
    onSession()
    const end = new AbortController()
    const signal = AbortSignal.any([outer, end.signal])
    const keeping = this.#keep(session, begun, signal).catch((error: unknown) => end.abort(error))
    try {
      const key = `${prefix}/leader`
      let index = 0
      while (!(await store.acquire(key, Buffer.from(replica), session, signal))) {
        const held = await store.read(key, { index, waitMs }, signal)
        index = held.index < index ? 0 : held.index
        if (held.session === '') {
          // It may be free only since a moment ago, when the store gives it to none.
          index = 0
          await sleep(tryMs * (0.5 + this.#random() / 2), this.#scheduler, signal)
        }
      }
      return await this.#lead(session, signal)
    } catch (error) {
      throw outer.aborted
        ? abortReason(outer)
        : end.signal.aborted
          ? abortReason(end.signal)
          : error
    } finally {
      this.#become(false)
      end.abort(new LostError('the term is over'))
      await keeping
      await this.#endSession(session)
    }
  }

  /** Keeps a session alive. @throws {LostError} when it is over, or may be */
  async #keep(session: string, begun: number, signal: AbortSignal): Promise<never> {
    const { store, ttlMs } = this.#options
    // What counts is when the last good request was sent: the store began to count no sooner.
    let good = begun
    const late = new LostError('the session could not be renewed in time')
    for (;;) {
      const sent = this.#scheduler.now()
      if (sent - good >= ttlMs) throw late
      const outOfTime = new AbortController()
      const timer = this.#scheduler.schedule(() => outOfTime.abort(late), good + ttlMs - sent)
      try {
        const both = AbortSignal.any([signal, outOfTime.signal])
        if (!(await store.renewSession(session, both))) throw new LostError('the session is over')
        good = sent
        this.#recovered('renew')
        await sleep(ttlMs / 3, this.#scheduler, signal)
      } catch (error) {
        if (signal.aborted) throw abortReason(signal)
        if (outOfTime.signal.aborted) throw late
        if (error instanceof LostError) throw error
        this.#failed('renew', 'The session cannot be renewed', error)
        await sleep(
          Math.min(tryMs, Math.max(0, good + ttlMs - this.#scheduler.now())),
          this.#scheduler,
          signal,
        )
      } finally {
        timer.unsubscribe()
      }
    }
  }

  /** Decides for all. */
  async #lead(session: string, signal: AbortSignal): Promise<never> {
    const { store, prefix } = this.#options
    // What was decided last, from the store itself: the watch may be behind.
    const last = await store.read(`${prefix}/decision`, { index: 0, waitMs: 0 }, signal)
    this.#see(last.value)
    this.#become(true)
    this.#logger.info('This replica is the leader now')
    return await Promise.race([
      this.#write(session, last.value, signal),
      this.#holds(session, signal),
    ])
  }

  /** Ends when the lock is not ours any more: another session may have taken it. */
  async #holds(session: string, signal: AbortSignal): Promise<never> {
    const { store, prefix } = this.#options
    let index = 0
    for (;;) {
      try {
        const state = await store.read(`${prefix}/leader`, { index, waitMs }, signal)
        index = state.index < index ? 0 : state.index
        if (state.session !== session) throw new LostError('the lock is held by another replica')
        if (state.index === 0) await sleep(tryMs, this.#scheduler, signal)
      } catch (error) {
        if (signal.aborted) throw abortReason(signal)
        if (error instanceof LostError) throw error
        index = 0
        await sleep(tryMs, this.#scheduler, signal)
      }
    }
  }

  /** Writes what is decided, the latest only. */
  async #write(session: string, known: Buffer | undefined, signal: AbortSignal): Promise<never> {
    const { store, prefix, decisions } = this.#options
    const news = new Subject<void>()
    let wanted: Buffer | undefined
    let written = known
    const subscription = decisions.subscribe({
      next(decision) {
        wanted = decision
        news.next()
      },
      error: (error: unknown) => this.#fail(error),
    })
    try {
      for (let failures = 0; ; ) {
        const next = wanted
        if (next === undefined || written?.equals(next) === true) {
          await nextOf(news, signal, () => wanted === next)
          continue
        }
        try {
          if (!(await store.acquire(`${prefix}/decision`, next, session, signal))) {
            throw new LostError('a decision was refused: another replica may lead')
          }
          written = next
          failures = 0
          this.#decision = next
          this.#tell()
          this.#recovered('write')
        } catch (error) {
          if (signal.aborted) throw abortReason(signal)
          if (error instanceof LostError) throw error
          failures += 1
          this.#failed('write', 'A decision cannot be written', error)
          await this.#rest(failures, error, signal)
        }
      }
    } finally {
      subscription.unsubscribe()
    }
  }

  /** Others need not wait for the end of a session that is known to be over. */
  async #endSession(session: string): Promise<void> {
    const late = new AbortController()
    const timer = this.#scheduler.schedule(() => late.abort(), endMs)
    try {
      await this.#options.store.endSession(session, late.signal)
    } catch (error) {
      this.#logger.debug('The session was not ended', { err: error })
    } finally {
      timer.unsubscribe()
    }
  }

  /** A store that has lost everything takes nothing back: what was decided stays. */
  #see(value: Buffer | undefined): void {
    // A leader knows what it has written, and a read that was under way may be behind.
    if (value === undefined || value.length === 0 || this.#isLeading) return
    this.#decision = value
    this.#tell()
  }

  #become(isLeading: boolean): void {
    if (this.#isLeading === isLeading) return
    this.#isLeading = isLeading
    this.#leads?.set(isLeading ? 1 : 0)
    this.#tell()
  }

  #tell(): void {
    const decision = this.#decision
    if (this.#isLeading) this.#standing.next({ kind: 'leading', from: decision })
    else if (decision !== undefined) this.#standing.next({ kind: 'following', decision })
    else this.#standing.next({ kind: 'waiting' })
  }

  #rest(failures: number, error: unknown, signal: AbortSignal): Promise<void> {
    return sleep(backOffDelay(failures, error, this.#random, storeBackOff), this.#scheduler, signal)
  }

  #failed(concern: string, message: string, error: unknown): void {
    const reason = errorMessage(error)
    const isNew = this.#said.get(concern) !== reason
    this.#said.set(concern, reason)
    this.#logger[isNew ? 'warn' : 'debug'](message, { err: error })
  }

  #recovered(concern: string): void {
    if (this.#said.delete(concern)) this.#logger.info('Consul answers again', { concern })
  }
}

/** Waits for news; not at all where some came already. */
function nextOf(news: Observable<void>, signal: AbortSignal, isOld: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abortReason(signal))
      return
    }
    if (!isOld()) {
      resolve()
      return
    }
    const end = (): void => {
      subscription.unsubscribe()
      reject(abortReason(signal))
    }
    const subscription = news.subscribe(() => {
      subscription.unsubscribe()
      signal.removeEventListener('abort', end)
      resolve()
    })
    signal.addEventListener('abort', end, { once: true })
  })
}

function isSame(a: Standing, b: Standing): boolean {
  if (a.kind === 'following' && b.kind === 'following') return a.decision.equals(b.decision)
  if (a.kind !== 'leading' || b.kind !== 'leading') return a.kind === b.kind
  return a.from === b.from || (a.from !== undefined && b.from?.equals(a.from) === true)
}
