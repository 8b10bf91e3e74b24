import {
  BehaviorSubject,
  defer,
  merge,
  type Observable,
  ReplaySubject,
  Subject,
  Subscription,
} from 'rxjs'
import { Attempt } from './attempt.js'
import { InitialLoadError, ReloadStoppedError } from './errors.js'
import type { Reloadable } from './reloadable.js'
import type { CheckResult, ReloadReason, ReloadResult, ReloadStatus } from './result.js'
import { safeStream } from './safe-stream.js'
import { SerialQueue } from './serial-queue.js'
import { checkMs } from './timer-ms.js'
import type { ReloadRequest, Trigger } from './trigger.js'

/** What a {@link Reloader} is given. */
export interface ReloaderOptions<C> {
  /** Reads and checks the config. The signal aborts when the daemon stops or the time is up. */
  readonly load: (signal: AbortSignal) => Promise<C>
  /** Those who take it, committed in this order. */
  readonly parts: readonly Reloadable<C>[]
  readonly triggers?: readonly Trigger[]
  /** Opened once every part has taken the first config; a `Gate` of muster-sd/run fits. */
  readonly ready?: { open(): void }
  /** Names the content, such as a hash of the files. It is asked before each load. */
  readonly fingerprint?: () => Promise<string>
  /** Milliseconds that the load, and then all prepares together, may take. Default: no limit. */
  readonly timeoutMs?: number
  /**
   * Told what went wrong with a part after its reload was answered: the `discard` of a config that it
   * was ready to take too late. Without it such errors are lost. What it throws ends the reloader.
   */
  readonly onLateError?: (reason: ReloadReason) => void
  /** Its name as an actor. Default `reload`. */
  readonly name?: string
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** A reload that waits for the one before it; later requests join it. */
interface Pending {
  readonly causes: Set<string>
  readonly result: Promise<ReloadResult>
  readonly settle: (result: ReloadResult) => void
}

/**
 * Takes a daemon from one config to the next as a transaction, and is an actor of its group: every
 * part prepares; then all commit in one turn, or all discard and the answer names every reason.
 *
 * One reload runs at a time, and at most one waits: requests that come meanwhile share it, since it will
 * read the newest content anyway. `execute` begins with the first load and rejects with
 * {@link InitialLoadError} when that is refused; later refusals change nothing that runs.
 *
 * ```ts
 * const reloader = new Reloader({ load, parts: [web, worker], triggers: [onSignal(process, 'SIGHUP')] })
 * group.add(reloader)
 * const result = await reloader.reload('web')
 * ```
 */
export class Reloader<C> {
  readonly name: string
  /**
   * Where it stands: the present status first, then every change. Completes when it has stopped. What a
   * subscriber throws ends the reloader, as an error of `execute`.
   */
  readonly status: Observable<ReloadStatus>
  /**
   * The config that runs: the present one first (none before the first load), then each new one. What a
   * subscriber throws ends the reloader, as an error of `execute`.
   */
  readonly config: Observable<C>
  readonly #options: ReloaderOptions<C>
  readonly #queue: SerialQueue = new SerialQueue()
  readonly #stop: AbortController = new AbortController()
  readonly #status: BehaviorSubject<ReloadStatus>
  readonly #config: ReplaySubject<C> = new ReplaySubject(1)
  readonly #results: Subject<ReloadResult> = new Subject()
  #started = false
  #pending: Pending | undefined
  #pendingCheck: Promise<CheckResult> | undefined
  /** What one of the embedder's functions threw where no reload could say so: it ends the actor. */
  #failure: { readonly error: unknown } | undefined

  /** @throws ReloadUsageError when `timeoutMs` is negative or NaN */
  constructor(options: ReloaderOptions<C>) {
    checkMs('timeoutMs', options.timeoutMs)
    this.#options = options
    this.name = options.name ?? 'reload'
    this.#status = new BehaviorSubject<ReloadStatus>({
      state: 'waiting',
      causes: [],
      last: undefined,
      lastSuccessAt: undefined,
    })
    const fail = (error: unknown): void => this.#fail(error)
    this.status = safeStream(this.#status, fail)
    this.config = safeStream(this.#config, fail)
  }

  /**
   * Asks for a reload. Before the reloader has started it waits for that; while another runs it joins
   * the one that comes next.
   * @param cause what asks: `web`, ...
   * @returns how it went; never rejects
   */
  reload(cause = 'call'): Promise<ReloadResult> {
    const pending = this.#pending
    if (pending !== undefined) {
      pending.causes.add(cause)
      return pending.result
    }
    if (this.#stop.signal.aborted) return Promise.resolve(this.#refuse([cause]))
    const added = newPending(cause)
    this.#pending = added
    if (this.#started) this.#serve(added)
    return added.result
  }

  /**
   * Dry run: loads, lets every part prepare, discards it all, and answers what would change. Works
   * without `execute`, for a command that only checks. Checks that wait share one answer.
   */
  check(): Promise<CheckResult> {
    this.#pendingCheck ??= this.#queue.run(() => {
      this.#pendingCheck = undefined
      return this.#attempt().check()
    })
    return this.#pendingCheck
  }

  /**
   * Loads for the first time, then serves requests until interrupted.
   * @throws InitialLoadError when the first config is refused, or what a trigger errors with
   */
  async execute(): Promise<void> {
    this.#started = true
    const triggers = new Subscription()
    try {
      triggers.add(this.#subscribe())
      await this.#run()
    } finally {
      try {
        triggers.unsubscribe()
      } catch (error) {
        this.#fail(error)
      }
      this.#stop.abort()
      await this.#queue.idle
      this.#tell({ ...this.#status.value, state: 'stopped' })
      this.#status.complete()
      this.#config.complete()
      this.#results.complete()
    }
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Refuses what waits, gives up what runs before its commit, and ends `execute`. */
  interrupt(_reason?: unknown): void {
    this.#stop.abort()
    const pending = this.#pending
    if (this.#started || pending === undefined) return
    this.#pending = undefined
    pending.settle(this.#refuse([...pending.causes]))
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    const first = this.#queue.run(() => this.#perform(['start']))
    if (this.#pending !== undefined) this.#serve(this.#pending)
    const { ok, reasons } = await first
    if (signal.aborted) return
    if (!ok) throw new InitialLoadError(reasons)
    this.#options.ready?.open()
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  #subscribe(): Subscription {
    const { triggers = [], fingerprint } = this.#options
    const fail = (error: unknown): void => this.#fail(error)
    const context = { results: safeStream(this.#results, fail), fingerprint }
    const answer = async ({ cause, reply }: ReloadRequest): Promise<void> => {
      const result = await this.reload(cause)
      // Awaited, so that one that is async by mistake does not reject unseen.
      const given: unknown = reply?.(result)
      await given
    }
    const requests = triggers.map((trigger) => defer(() => trigger(context)))
    return merge(...requests).subscribe({
      next: (request) => {
        answer(request).catch(fail)
      },
      error: fail,
    })
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#stop.abort()
  }

  #serve(pending: Pending): void {
    // Not awaited: `perform` gives failures as results, it does not reject.
    void this.#queue.run(async () => {
      this.#pending = undefined
      pending.settle(await this.#perform([...pending.causes]))
    })
  }

  async #perform(causes: readonly string[]): Promise<ReloadResult> {
    if (this.#stop.signal.aborted) return this.#refuse(causes)
    this.#tell({ ...this.#status.value, state: 'reloading', causes })
    const result = await this.#attempt().run(causes, (config) => this.#config.next(config))
    const { lastSuccessAt } = this.#status.value
    const successAt = result.ok ? result.startedAt + result.durationMs : lastSuccessAt
    this.#tell({ state: 'idle', causes: [], last: result, lastSuccessAt: successAt })
    this.#results.next(result)
    return result
  }

  #attempt(): Attempt<C> {
    const onLate = (reason: ReloadReason): void => this.#lateError(reason)
    const now = (): number => this.#now()
    return new Attempt({ ...this.#options, now, onLate }, this.#stop.signal)
  }

  #lateError(reason: ReloadReason): void {
    const tell = async (): Promise<void> => this.#options.onLateError?.(reason)
    tell().catch((error: unknown) => this.#fail(error))
  }

  /** The embedder's clock; the system's once that one throws, which ends the actor. */
  #now(): number {
    try {
      return (this.#options.now ?? Date.now)()
    } catch (error) {
      this.#fail(error)
      return Date.now()
    }
  }

  #refuse(causes: readonly string[]): ReloadResult {
    const reason = { part: this.name, phase: 'stop', error: new ReloadStoppedError() } as const
    const startedAt = this.#now()
    return {
      ok: false,
      reasons: [reason],
      causes,
      startedAt,
      durationMs: 0,
      fingerprint: undefined,
    }
  }

  #tell(status: ReloadStatus): void {
    this.#status.next(status)
  }
}

function newPending(cause: string): Pending {
  let settle: Pending['settle'] = ignore
  const result = new Promise<ReloadResult>((resolve) => {
    settle = resolve
  })
  return { causes: new Set([cause]), result, settle }
}

function ignore(): void {}
