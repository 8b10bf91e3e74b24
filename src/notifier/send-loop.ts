import { type SchedulerLike, Subscription } from 'rxjs'
import { Gate, timerMs } from '../run/index.js'
import type { CompletedAlert } from './completed-alert.js'
import type { Lane, Steps } from '../waiting/turns.js'
import { Outbox, type OutboxOptions } from './outbox.js'
import { postAlerts, PostError, type PostOptions, type PostResult } from './post.js'
import type { QueuedAlert } from './queue.js'

/** Everything a send loop is given. */
export interface SendLoopOptions extends OutboxOptions {
  readonly url: string
  readonly post: PostOptions
  /** Does long work in turns of the event loop. */
  readonly lane: Lane
  /** Gives every alert that is valid then, in parts: for an Alertmanager that is new or may have lost its memory. */
  readonly validAlerts: () => Steps<void, readonly CompletedAlert[]>
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
  /** When the time to drain is up, in Unix milliseconds. */
  readonly until: number
  /** Fires then. */
  readonly deadline: Subscription
}

/**
 * ```
 *  idle ◄──► sending ◄──► waiting
 *
 *  at a stop:   idle ───────────────────────► stopped
 *               waiting, sending ─► draining ◄─► pausing
 *               draining, pausing ────────────► stopped
 *               sending, draining ─► aborting ─► stopped
 * ```
 */
type State =
  /** Nothing is queued. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'sending'; readonly post: Post }
  /** The last post failed; the next one is due at `nextTry`, in Unix milliseconds. */
  | { readonly kind: 'waiting'; readonly nextTry: number; readonly timer: Subscription }
  /** It stops, and tries everything that is queued until the time to drain is up. */
  | { readonly kind: 'draining'; readonly post: Post; readonly drain: Drain }
  /** It stops, and its last post failed; the next one is due at `nextTry`. */
  | {
      readonly kind: 'pausing'
      readonly nextTry: number
      readonly timer: Subscription
      readonly drain: Drain
    }
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
  readonly #lane: Lane
  readonly #validAlerts: SendLoopOptions['validAlerts']
  #options: PostOptions
  /** The alerts that were valid before the loop began are being queued. */
  #filling: Subscription = Subscription.EMPTY
  /** Those that Alertmanager may have forgotten are. */
  #repeating: Subscription = Subscription.EMPTY
  #state: State = { kind: 'idle' }

  constructor({ url, post, ...options }: SendLoopOptions) {
    this.url = url
    this.#options = post
    this.#scheduler = options.scheduler
    this.#lane = options.lane
    this.#validAlerts = options.validAlerts
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
      nextTry: 'nextTry' in state ? state.nextTry : undefined,
    }
  }

  /** Queues alerts; returns at once. They do not shorten the wait after a post that failed. */
  add(alerts: readonly CompletedAlert[]): void {
    this.#outbox.add(alerts)
    if (this.#state.kind === 'idle') this.#send()
  }

  /** Queues the alerts that are valid now, before those that come from now on. Call it once. */
  fill(): void {
    this.#filling = this.#lane.run(this.#validAlerts).subscribe((alerts) => {
      this.#outbox.addOlder(alerts)
      if (this.#state.kind === 'idle') this.#send()
    })
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
   * Ends the loop. Everything that is queued is tried at once, and again after each failure, until the time to
   * drain is up; what is left is given up, and earlier where the Alertmanager asked to be left alone for longer.
   * @param drainMs 0 gives everything up at once
   */
  stop(reason: StopReason, drainMs: number): Promise<void> {
    // They were delivered before.
    this.#repeating.unsubscribe()
    // At once, unless alerts are still to be queued.
    this.#filling.add(() => this.#stop(reason, drainMs))
    return this.#stopped.opened
  }

  #stop(reason: StopReason, drainMs: number): void {
    const state = this.#state
    switch (state.kind) {
      case 'idle':
        this.#finish(reason)
        break
      case 'waiting':
        state.timer.unsubscribe()
        if (drainMs > 0) this.#drain(this.#beginDrain(reason, drainMs))
        else this.#finish(reason)
        break
      case 'sending': {
        const { post } = state
        if (drainMs > 0) {
          this.#state = { kind: 'draining', post, drain: this.#beginDrain(reason, drainMs) }
        } else this.#abort(post, reason)
        break
      }
      // It stops already.
      case 'draining':
      case 'pausing':
      case 'aborting':
      case 'stopped':
    }
  }

  #ended({ batch, options, startedAt }: Post, result: PostResult): void {
    const isBack = this.#outbox.ended(batch, result, startedAt)
    const state = this.#state
    const isFailed = result.kind === 'failed'
    switch (state.kind) {
      case 'sending':
        if (isBack) this.#repeatAllBut(batch)
        // After a change of the options it is worth another try at once.
        if (isFailed && options === this.#options) this.#wait(this.#outbox.delayAfter(result.error))
        else this.#send()
        break
      case 'draining':
        if (isFailed) this.#pause(state.drain, this.#outbox.drainDelayAfter(result.error))
        else this.#drain(state.drain)
        break
      case 'aborting':
        this.#finish(state.reason)
        break
      // No post is on its way in these.
      case 'idle':
      case 'waiting':
      case 'pausing':
      case 'stopped':
    }
  }

  /** Queues every other alert that is valid once more: Alertmanager may have lost its memory. */
  #repeatAllBut(delivered: readonly QueuedAlert[]): void {
    const known = new Set(delivered.map(({ alert }) => alert.key))
    this.#repeating.unsubscribe()
    this.#repeating = this.#lane.run(this.#validAlerts).subscribe((alerts) => {
      this.#outbox.addRepeats(alerts.filter(({ key }) => !known.has(key)))
      if (this.#state.kind === 'idle') this.#send()
    })
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

  #pause(drain: Drain, ms: number): void {
    const nextTry = this.#scheduler.now() + ms
    // Nothing would be tried any more: the end need not wait for the deadline.
    if (nextTry >= drain.until) this.#finishDrain(drain)
    else {
      const timer = this.#scheduler.schedule(() => this.#drain(drain), ms)
      this.#state = { kind: 'pausing', nextTry, timer, drain }
    }
  }

  #beginDrain(reason: StopReason, ms: number): Drain {
    // There is little time, and the Alertmanager may be back any moment: the waits begin short again.
    this.#outbox.forgetFailures()
    const deadline = this.#scheduler.schedule(() => this.#deadlinePassed(), timerMs(ms))
    return { reason, until: this.#scheduler.now() + ms, deadline }
  }

  #deadlinePassed(): void {
    const state = this.#state
    if (state.kind === 'draining') this.#abort(state.post, state.drain.reason)
    if (state.kind === 'pausing') {
      state.timer.unsubscribe()
      this.#finish(state.drain.reason)
    }
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
