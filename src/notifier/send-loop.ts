import type { SchedulerLike } from 'rxjs'
import { type BackOff, backOffDelay } from '../discovery/index.js'
import { errorMessage } from '../telemetry/error-text.js'
import { timerMs } from '../run/index.js'
import type { Logger } from '../telemetry/index.js'
import type { Entry } from './entry.js'
import { lossMessages, type LossReason } from './loss.js'
import type { LoopMetrics } from './metrics.js'
import { type Outcome, outcomeOf, PostError } from './outcome.js'
import { AlertQueue, type Bounds, countReal } from './queue.js'
import { Sleeper } from './sleeper.js'
import type { Transport } from './transport.js'

/** How a loop reaches its Alertmanager; a reload may change it under a full queue. */
export interface Route {
  readonly transport: Transport
  /** One post takes no longer than this. */
  readonly timeoutMs: number
}

/** Everything a send loop is given. */
export interface SendLoopOptions {
  readonly url: string
  readonly route: Route
  readonly queue: Bounds
  /** The most that goes into one post. */
  readonly batch: Bounds
  readonly scheduler: SchedulerLike
  readonly random: () => number
  readonly logger: Logger
  readonly metrics: LoopMetrics
  /**
   * It answers again after a time without any answer: it may have lost its memory. Gives what it has
   * to be told once more.
   */
  readonly onReturn: () => readonly Entry[]
}

/** How a loop is doing. */
export interface LoopHealth {
  readonly url: string
  /** Alerts that wait. */
  readonly queued: number
  /** Alerts that are on their way. */
  readonly sending: number
  /** What the last post failed with; undefined after one that was taken. */
  readonly lastError: string | undefined
  /** When the next try is due, in Unix milliseconds; undefined when none waits for its time. */
  readonly nextTry: number | undefined
}

// An Alertmanager that is back should not wait long for its alerts; one post in ten seconds is no load.
const backOff: BackOff = { firstMs: 250, maxMs: 10_000 }

/**
 * Brings alerts to one Alertmanager: one post at a time, in order, each tried again until it is taken
 * or its alerts have expired. Nobody waits for a loop, and no loop waits for another.
 */
export class SendLoop {
  readonly url: string
  readonly #options: SendLoopOptions
  readonly #queue: AlertQueue
  readonly #sleeper: Sleeper
  readonly #logger: Logger
  #route: Route
  #running: Promise<void> | undefined
  #stopReason: 'removed' | 'shutdown' | undefined
  #batchAlerts: number
  #failures = 0
  #unanswered = false
  #pausing = false
  #lastError: PostError | undefined
  #nextTry: number | undefined
  /** Ends the post that is on its way. */
  #current: AbortController | undefined
  #sending = 0
  #isOver = false

  constructor(options: SendLoopOptions) {
    const { url, scheduler, metrics } = options
    this.url = url
    this.#options = options
    this.#route = options.route
    this.#batchAlerts = options.batch.alerts
    this.#sleeper = new Sleeper(scheduler)
    this.#logger = options.logger.child({ alertmanager: url })
    this.#queue = new AlertQueue(options.queue, {
      lost: (count, reason) => this.#lost(count, reason),
      superseded: (count) => metrics.superseded(count),
      resized: (by) => metrics.resized(by),
    })
  }

  get health(): LoopHealth {
    return {
      url: this.url,
      queued: this.#queue.size,
      sending: this.#sending,
      lastError: this.#lastError?.message,
      nextTry: this.#nextTry,
    }
  }

  /** Begins to send; call it once. */
  start(): void {
    this.#running = this.#run()
  }

  /** Queues alerts; returns at once. */
  add(entries: readonly Entry[]): void {
    this.#queue.add(entries, this.#now())
    if (!this.#pausing) this.#sleeper.wake()
  }

  /** From the next post on, it goes this way; what waits for its time to be tried again goes now. */
  use(route: Route): void {
    this.#route = route
    this.#failures = 0
    this.#sleeper.wake()
  }

  /**
   * Ends the loop. Draining, everything that is queued is tried once more, until a post that begins now
   * fails or the time is up; what is left is given up.
   * @param drainMs 0 gives everything up at once
   */
  async stop(reason: 'removed' | 'shutdown', drainMs: number): Promise<void> {
    this.#stopReason = reason
    const late = (): void => {
      this.#isOver = true
      this.#current?.abort(new PostError('the time to drain is up'))
    }
    const timer = drainMs > 0 ? this.#options.scheduler.schedule(late, timerMs(drainMs)) : undefined
    if (timer === undefined) late()
    this.#sleeper.wake()
    await this.#running
    timer?.unsubscribe()
    this.#queue.clear(reason)
    this.#options.metrics.release()
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      const limit = { ...this.#options.batch, alerts: this.#batchAlerts }
      const batch = this.#queue.take(limit, this.#now())
      const isStopping = this.#stopReason !== undefined
      if (batch.length > 0) {
        const route = this.#route
        const outcome = await this.#post(batch, route)
        const wait = this.#after(batch, outcome)
        if (outcome.kind !== 'failed') continue
        if (isStopping) return
        if (this.#stopReason === undefined && route === this.#route) await this.#pause(wait)
      } else if (isStopping) return
      else await this.#sleeper.sleep()
    }
  }

  async #post(batch: readonly Entry[], { transport, timeoutMs }: Route): Promise<Outcome> {
    const { scheduler, metrics } = this.#options
    const started = this.#now()
    const controller = new AbortController()
    this.#current = controller
    this.#sending = batch.length
    const { signal } = controller
    const late = (): void => controller.abort(new PostError(`no answer within ${timeoutMs} ms`))
    const timer = scheduler.schedule(late, timerMs(timeoutMs))
    try {
      const body = `[${batch.map((entry) => entry.json).join(',')}]`
      const outcome = outcomeOf(await transport.post(this.url, body, signal), this.#now())
      if (outcome.kind === 'delivered') {
        const repeats = batch.length - countReal(batch)
        metrics.sent(batch.length, repeats, (this.#now() - started) / 1000)
      }
      return outcome
    } catch (error) {
      const cause: unknown = signal.aborted ? signal.reason : error
      if (cause instanceof PostError) return { kind: 'failed', error: cause }
      return { kind: 'failed', error: new PostError(errorMessage(cause), { cause }) }
    } finally {
      timer.unsubscribe()
      this.#current = undefined
      this.#sending = 0
    }
  }

  /** @returns how long to wait before the next post, in milliseconds */
  #after(batch: readonly Entry[], outcome: Outcome): number {
    const { metrics, random } = this.#options
    const now = this.#now()
    if (outcome.kind === 'delivered') {
      this.#delivered(batch)
      return 0
    }
    this.#lastError = outcome.error
    metrics.failed(batch.length)
    if (outcome.kind === 'refused') {
      this.#failures = 0
      // The one that is at fault is looked for in ever smaller posts: the others must not suffer.
      if (batch.length > 1) this.#queue.putBack(batch, now)
      else this.#lost(countReal(batch), 'rejected')
      this.#batchAlerts = Math.ceil(batch.length / 2)
      return 0
    }
    this.#failures += 1
    this.#unanswered ||= outcome.error.status === undefined
    this.#shrink(batch, now)
    const delay = Math.ceil(backOffDelay(this.#failures, outcome.error, random, backOff))
    this.#logger.error('Error sending alerts', {
      count: batch.length,
      failures: this.#failures,
      err: outcome.error,
    })
    return delay
  }

  /**
   * Too much at once for a slow Alertmanager, or one alert that it stumbles over without a word, must not
   * stop the others: after a second failure posts get smaller, and an alert that fails alone waits until
   * all others are told.
   */
  #shrink(batch: readonly Entry[], now: number): void {
    const [first, ...others] = batch
    if (this.#failures < 2 || first === undefined) this.#queue.putBack(batch, now)
    else if (others.length === 0) this.#queue.postpone(first, now)
    else {
      this.#queue.putBack(batch, now)
      this.#batchAlerts = Math.ceil(batch.length / 4)
    }
  }

  #delivered(batch: readonly Entry[]): void {
    const { batch: bounds, onReturn } = this.#options
    if (this.#failures > 0) this.#logger.info('Alertmanager takes alerts again')
    this.#failures = 0
    this.#lastError = undefined
    this.#batchAlerts = Math.min(bounds.alerts, this.#batchAlerts * 2)
    if (!this.#unanswered || this.#stopReason !== undefined) return
    this.#unanswered = false
    const told = new Set(batch.map(({ key }) => key))
    const repeats = onReturn().filter(({ key }) => !told.has(key))
    this.#queue.putBack(
      repeats.map((entry) => ({ ...entry, repeat: true as const })),
      this.#now(),
    )
  }

  async #pause(ms: number): Promise<void> {
    this.#pausing = true
    this.#nextTry = this.#now() + ms
    await this.#sleeper.sleep(ms)
    this.#pausing = false
    this.#nextTry = undefined
  }

  #lost(count: number, reason: LossReason): void {
    if (count === 0) return
    this.#options.metrics.lost(count, reason)
    const said = reason === 'rejected' ? { err: this.#lastError } : {}
    this.#logger.warn(lossMessages[reason], { count, reason, ...said })
  }

  #now(): number {
    return this.#options.scheduler.now()
  }
}
