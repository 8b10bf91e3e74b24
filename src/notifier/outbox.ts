import type { SchedulerLike } from 'rxjs'
import type { Logger } from '../telemetry/index.js'
import { type BackOff, backOffDelay } from '../waiting/back-off.js'
import type { CompletedAlert } from './completed-alert.js'
import { dropMessages, type DropReason, isKept, keptMessage } from './drop-reason.js'
import type { LoopMetrics } from './metrics.js'
import type { PostError, PostResult } from './post.js'
import { afterPost, type BatchFate, freshProgress, type Progress } from './progress.js'
import type { LoopOutcomes } from './outcomes.js'
import { type AlertLimits, AlertQueue, newOf, type QueuedAlert } from './queue.js'

/** Everything an outbox is given. */
export interface OutboxOptions {
  readonly queue: AlertLimits
  /** The most that goes into one post. */
  readonly batch: AlertLimits
  readonly scheduler: SchedulerLike
  readonly random: () => number
  readonly logger: Logger
  readonly metrics: LoopMetrics
  readonly outcomes: LoopOutcomes
  /** Whether what is left at the end comes back at the next start. */
  readonly keepsAlerts: boolean
}

// An Alertmanager that is back should not wait long for its alerts; one post in ten seconds is no load.
const backOff: BackOff = { firstMs: 250, maxMs: 10_000 }

/** While it drains: there are seconds left, and one that restarts may be back in any of them. */
const drainBackOff: BackOff = { firstMs: 250, maxMs: 1000 }

/**
 * The alerts that one Alertmanager has yet to get: which of them go into the next post, and what becomes of
 * them after it. Counts and logs all of it.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #queue: AlertQueue
  #progress: Progress

  constructor(options: OutboxOptions) {
    const { batch, queue, metrics } = options
    this.#options = options
    this.#progress = freshProgress(batch.alerts)
    this.#queue = new AlertQueue(queue, {
      dropped: (alerts, reason) => this.#dropped(alerts, reason),
      superseded: (count) => metrics.superseded(count),
      resized: (by) => metrics.resized(by),
    })
  }

  /** How many alerts wait. */
  get size(): number {
    return this.#queue.size
  }

  /** What the last post failed with; undefined after one that was delivered. */
  get lastError(): PostError | undefined {
    return this.#progress.lastError
  }

  add(alerts: readonly CompletedAlert[]): void {
    this.#queue.add(alerts, this.#now())
  }

  /** Queues alerts that came before those that are queued. */
  addOlder(alerts: readonly CompletedAlert[]): void {
    this.#queue.addOlder(alerts, this.#now())
  }

  /** Queues alerts that were delivered before once more. */
  addRepeats(alerts: readonly CompletedAlert[]): void {
    this.#queue.addRepeats(alerts, this.#now())
  }

  /** Takes the alerts of the next post; none where nothing waits. */
  take(): readonly QueuedAlert[] {
    const limit = { ...this.#options.batch, alerts: this.#progress.batchAlerts }
    return this.#queue.take(limit, this.#now())
  }

  /**
   * Does with the alerts of a post what its result asks for.
   * @param startedAt when the post began, in Unix milliseconds
   * @returns whether Alertmanager is back after a time without any answer: it may have lost its memory
   */
  ended(batch: readonly QueuedAlert[], result: PostResult, startedAt: number): boolean {
    const { batch: limit, metrics, outcomes, logger } = this.#options
    const before = this.#progress
    const [progress, fate] = afterPost(before, result, batch.length, limit.alerts)
    this.#progress = progress
    if (result.kind !== 'delivered') {
      metrics.failed(batch.length)
      outcomes.failed(result.error)
    }
    this.#settle(batch, fate)
    if (result.kind === 'failed') {
      const { failures, lastError: err } = progress
      logger.error('Error sending alerts', { count: batch.length, failures, err })
    } else if (result.kind === 'delivered') {
      const seconds = (this.#now() - startedAt) / 1000
      const count = newOf(batch).length
      metrics.sent(batch.length, batch.length - count, seconds)
      outcomes.delivered(count)
      if (before.failures > 0) logger.info('Alertmanager takes alerts again')
    }
    return result.kind === 'delivered' && before.mayHaveRestarted
  }

  /** How long to wait after a post that failed, in milliseconds. */
  delayAfter(error: PostError): number {
    return this.#delay(error, backOff)
  }

  /** The same while everything is tried for the last time. */
  drainDelayAfter(error: PostError): number {
    return this.#delay(error, drainBackOff)
  }

  /** Posts are made in another way from now on: failures so far say nothing about it. */
  forgetFailures(): void {
    this.#progress = { ...this.#progress, failures: 0 }
  }

  /** Gives up everything, for good. */
  close(reason: DropReason): void {
    this.#queue.clear(reason)
    this.#options.metrics.release()
  }

  #delay(error: PostError, paces: BackOff): number {
    return Math.ceil(backOffDelay(this.#progress.failures, error, this.#options.random, paces))
  }

  #settle(batch: readonly QueuedAlert[], fate: BatchFate): void {
    const now = this.#now()
    switch (fate) {
      case 'delivered':
        break
      case 'put back':
        this.#queue.putBack(batch, now)
        break
      case 'postponed':
        for (const alert of batch) this.#queue.postpone(alert, now)
        break
      case 'rejected':
        this.#dropped(newOf(batch), 'rejected')
    }
  }

  #dropped(alerts: readonly CompletedAlert[], reason: DropReason): void {
    const count = alerts.length
    if (count === 0) return
    const { metrics, outcomes, logger, keepsAlerts } = this.#options
    if (isKept(reason, keepsAlerts)) {
      logger.info(keptMessage, { count, reason })
      return
    }
    metrics.dropped(count, reason)
    const details = reason === 'rejected' ? { err: this.#progress.lastError } : {}
    logger.warn(dropMessages[reason], { count, reason, ...details })
    outcomes.lost(alerts, reason)
  }

  #now(): number {
    return this.#options.scheduler.now()
  }
}
