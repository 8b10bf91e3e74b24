import type { SchedulerLike, Subscription } from 'rxjs'
import { Gate, timerMs } from '../run/index.js'
import type { CompletedAlert } from './completed-alert.js'
import { Outbox, type OutboxOptions } from './outbox.js'
import { postAlerts, PostError, type PostOptions, type PostResult } from './post.js'
import type { QueuedAlert } from './queue.js'

/** Everything a send loop is given. */
export interface SendLoopOptions extends OutboxOptions {
  readonly url: string
  readonly post: PostOptions
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

/** Why a loop stops: discovery does not find its Alertmanager any more, or the process ends. */
export type StopReason = 'removed' | 'shutdown'

/** A post that is on its way. */
interface Post {
  readonly batch: readonly QueuedAlert[]
  readonly options: PostOptions
  readonly startedAt: number
  readonly abort: AbortController
}

/** How a loop drains. */
interface Drain {
  readonly reason: StopReason
  readonly deadline: Subscription
  /** The post began before the stop: should it fail, its alerts are tried once more. */
  readonly mayFail: boolean
}

/**
 * ```
 *  idle ◄──► sending ◄──► waiting
 *
 *  at a stop:   idle ───────────────────────► stopped
 *               waiting, sending ─► draining ─► stopped
 *               sending, draining ─► aborting ─► stopped
 * ```
 */
type State =
  /** Nothing is queued. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'sending'; readonly post: Post }
  /** The last post failed; the next one is due at `nextTry`, in Unix milliseconds. */
  | { readonly kind: 'waiting'; readonly nextTry: number; readonly timer: Subscription }
  /** It stops, and tries everything that is queued once more. */
  | { readonly kind: 'draining'; readonly post: Post; readonly drain: Drain }
  /** The time to drain is up: it stops as soon as the post on its way, which was aborted, has ended. */
  | { readonly kind: 'aborting'; readonly post: Post; readonly reason: StopReason }
  | { readonly kind: 'stopped' }

/**
 * Brings alerts to one Alertmanager: one post at a time, in order, each tried again until it is taken
 * or its alerts have expired. No sender waits for a loop, and no loop waits for another.
 */
export class SendLoop {
  readonly url: string
  readonly #scheduler: SchedulerLike
  readonly #outbox: Outbox
  readonly #stopped: Gate
  #options: PostOptions
  #state: State = { kind: 'idle' }

  constructor({ url, post, ...options }: SendLoopOptions) {
    this.url = url
    this.#options = post
    this.#scheduler = options.scheduler
    const logger = options.logger.child({ alertmanager: url })
    this.#outbox = new Outbox({ ...options, logger })
    this.#stopped = new Gate(`send loop of ${url} stopped`)
  }

  get health(): LoopHealth {
    const state = this.#state
    return {
      url: this.url,
      queued: this.#outbox.size,
      sending: 'post' in state ? state.post.batch.length : 0,
      lastError: this.#outbox.lastError?.message,
      nextTry: state.kind === 'waiting' ? state.nextTry : undefined,
    }
  }

  /** Queues alerts; returns at once. They do not shorten the wait after a post that failed. */
  add(alerts: readonly CompletedAlert[]): void {
    this.#outbox.add(alerts)
    if (this.#state.kind === 'idle') this.#send()
  }

  /** Makes all later posts this way; what waits to be tried again goes now. */
  use(options: PostOptions): void {
    if (options === this.#options) return
    this.#options = options
    this.#outbox.forgetFailures()
    if (this.#state.kind !== 'waiting') return
    this.#state.timer.unsubscribe()
    this.#send()
  }

  /**
   * Ends the loop. Draining, everything that is queued is tried once more, until a post that begins now
   * fails or the time is up; what is left is given up.
   * @param drainMs 0 gives everything up at once
   */
  stop(reason: StopReason, drainMs: number): Promise<void> {
    const state = this.#state
    switch (state.kind) {
      case 'idle':
        this.#finish(reason)
        break
      case 'waiting':
        state.timer.unsubscribe()
        if (drainMs > 0) this.#drain({ reason, deadline: this.#deadline(drainMs), mayFail: false })
        else this.#finish(reason)
        break
      case 'sending': {
        const { post } = state
        if (drainMs > 0) {
          const drain = { reason, deadline: this.#deadline(drainMs), mayFail: true }
          this.#state = { kind: 'draining', post, drain }
        } else this.#abort(post, reason)
        break
      }
      // It stops already.
      case 'draining':
      case 'aborting':
      case 'stopped':
    }
    return this.#stopped.opened
  }

  #ended({ batch, options, startedAt }: Post, result: PostResult): void {
    const isBack = this.#outbox.ended(batch, result, startedAt)
    const state = this.#state
    const isFailed = result.kind === 'failed'
    switch (state.kind) {
      case 'sending':
        if (isBack) this.#outbox.repeatAllBut(batch)
        // After a change of the options it is worth another try at once.
        if (isFailed && options === this.#options) this.#wait(this.#outbox.delayAfter(result.error))
        else this.#send()
        break
      case 'draining':
        if (isFailed && !state.drain.mayFail) this.#finishDrain(state.drain)
        else this.#drain({ ...state.drain, mayFail: false })
        break
      case 'aborting':
        this.#finish(state.reason)
        break
      // No post is on its way in these.
      case 'idle':
      case 'waiting':
      case 'stopped':
    }
  }

  #send(): void {
    const post = this.#nextPost()
    this.#state = post === undefined ? { kind: 'idle' } : { kind: 'sending', post }
    if (post !== undefined) this.#begin(post)
  }

  #wait(ms: number): void {
    const timer = this.#scheduler.schedule(() => this.#send(), ms)
    this.#state = { kind: 'waiting', nextTry: this.#scheduler.now() + ms, timer }
  }

  #drain(drain: Drain): void {
    const post = this.#nextPost()
    if (post === undefined) this.#finishDrain(drain)
    else {
      this.#state = { kind: 'draining', post, drain }
      this.#begin(post)
    }
  }

  #deadline(ms: number): Subscription {
    return this.#scheduler.schedule(() => {
      const state = this.#state
      if (state.kind === 'draining') this.#abort(state.post, state.drain.reason)
    }, timerMs(ms))
  }

  #finishDrain({ reason, deadline }: Drain): void {
    deadline.unsubscribe()
    this.#finish(reason)
  }

  #abort(post: Post, reason: StopReason): void {
    this.#state = { kind: 'aborting', post, reason }
    post.abort.abort(new PostError('the time to drain is up'))
  }

  #finish(reason: StopReason): void {
    this.#state = { kind: 'stopped' }
    this.#outbox.close(reason)
    this.#stopped.open()
  }

  #nextPost(): Post | undefined {
    const batch = this.#outbox.take()
    if (batch.length === 0) return undefined
    const startedAt = this.#scheduler.now()
    return { batch, options: this.#options, startedAt, abort: new AbortController() }
  }

  /** Does not wait for the post: its end is the next event. */
  #begin(post: Post): void {
    const body = `[${post.batch.map(({ alert }) => alert.json).join(',')}]`
    const posted = postAlerts(this.url, body, post.options, post.abort, this.#scheduler)
    void posted.then((result) => this.#ended(post, result))
  }
}
