import {
  catchError,
  defer,
  map,
  merge,
  type Observable,
  of,
  race,
  repeat,
  switchMap,
  take,
  tap,
  timer,
} from 'rxjs'
import { timerMs } from '../../run/index.js'
import { askedFor, backOffDelay } from '../../waiting/back-off.js'
import { checkMs } from '../../waiting/option.js'
import { Hints, type Watch } from './hints.js'
import { pollOnce, RefreshError } from './poll-once.js'
import type { Discoverer, DiscovererContext, Finding } from '../mechanism.js'
import type { TargetGroup } from '../groups/target-group.js'

/**
 * What a poll found. A list of groups means that everything was asked; an answer that lacks a part is a
 * finding with that part's trouble.
 */
export type PollAnswer = readonly TargetGroup[] | Finding

/** An answer after which the server should be asked again soon, though no hint will come. */
export interface ProvisionalAnswer<H> {
  readonly answer: PollAnswer
  /** The next poll gets this hint, unless another one is made before. */
  readonly again: { readonly hint: H; readonly afterMs: number }
}

/** What {@link refresh} polls, and how often. */
export interface RefreshOptions<H = never> {
  /** Milliseconds from the start of one poll to the start of the next. */
  readonly intervalMs: number
  readonly context: DiscovererContext
  /**
   * Asks once. The signal aborts when the answer is not wanted any more.
   * A rejection keeps the groups there are; its `retryAfterMs` is honoured.
   * @param hints what may have changed since the last poll; undefined where everything is to be asked. An
   * answer to hints that is a list of groups has asked everything all the same.
   */
  readonly poll: (
    signal: AbortSignal,
    hints: readonly H[] | undefined,
  ) => Promise<PollAnswer | ProvisionalAnswer<H>>
  /** Each answer names all groups: those of the last one that it does not name are gone. */
  readonly whole?: boolean
  /** An answer that takes longer than this (milliseconds) is a failure, whatever `poll` does. */
  readonly timeoutMs?: number
  /**
   * Watches for changes. A hint does not wait for the end of the interval: it is polled for at once, one
   * that follows closely a little later. The interval then goes on as before, and a failure to watch
   * is no trouble of the provider: polls are the truth.
   */
  readonly watch?: Watch<H>
}

/**
 * A discoverer that asks again and again: at once, and then every interval. While one poll runs no
 * other begins.
 *
 * A failed poll is logged, counted and reported, and what was found before stays. It is tried again
 * sooner than the interval says, with exponential back-off, until that reaches the interval: from then
 * on the pace is the interval's, so that a server in trouble gets no more requests than in health. No hint
 * shortens that wait, and the poll after it asks everything.
 * @throws {RefreshError} for an interval that is not positive
 * @throws {OptionError} for a `timeoutMs` that is negative or NaN
 */
export function refresh<H = never>(options: RefreshOptions<H>): Discoverer {
  if (!(options.intervalMs > 0)) throw new RefreshError('refresh_interval must be greater than 0')
  checkMs('timeoutMs', options.timeoutMs)
  const { watch, context } = options
  return {
    findings: () =>
      defer(() => {
        const hints = watch && new Hints(watch, context)
        const rounds = new Rounds(options, hints)
        const polls = defer(() => rounds.next()).pipe(repeat({ delay: () => rounds.wait() }))
        return hints === undefined ? polls : merge(hints.follow(), polls)
      }),
  }
}

// Only for mechanisms that forget to limit themselves; some ask many pages one after the other.
const shortestTimeoutMs = 300_000
const firstRetryMs = 1000
/** From the start of one poll that a hint asked for to the start of the next, at least. */
const hintGapMs = 50

/** What comes after a poll. */
type Pause<H> =
  | {
      readonly kind: 'interval'
      readonly again?: ProvisionalAnswer<H>['again']
    }
  /** The server is in trouble: nothing shortens this. */
  | { readonly kind: 'backOff'; readonly ms: number }

/** The polls of one subscription, one after the other. */
class Rounds<H> {
  readonly #options: RefreshOptions<H>
  readonly #hints: Hints<H> | undefined
  #sources = new Set<string>()
  #last: readonly TargetGroup[] | undefined
  #failures = 0
  #pause: Pause<H> = { kind: 'interval' }
  #next: 'whole' | 'hinted' = 'whole'
  /** When everything is asked next, on the scheduler's clock. */
  #wholeAt = 0
  #lastHinted = -Infinity
  #hintGapMs = hintGapMs

  constructor(options: RefreshOptions<H>, hints: Hints<H> | undefined) {
    this.#options = options
    this.#hints = hints
  }

  /** Emits when it is time for the next poll, and completes. */
  wait(): Observable<unknown> {
    const { scheduler } = this.#options.context
    const after = (ms: number): Observable<unknown> => timer(timerMs(ms), scheduler)
    const pause = this.#pause
    if (pause.kind === 'backOff') return after(pause.ms).pipe(tap(() => this.#whole()))
    const whole = after(this.#untilWhole()).pipe(tap(() => this.#whole()))
    const hints = this.#hints
    if (hints === undefined) return whole
    const { again } = pause
    const hinted = hints.some.pipe(
      switchMap(() => after(this.#untilHinted())),
      tap(() => this.#hinted()),
    )
    if (again === undefined) return race(whole, hinted).pipe(take(1))
    const soon = after(again.afterMs).pipe(
      tap(() => {
        hints.add(again.hint)
        this.#hinted()
      }),
    )
    return race(whole, hinted, soon).pipe(take(1))
  }

  #whole(): void {
    this.#next = 'whole'
  }

  #hinted(): void {
    this.#next = 'hinted'
  }

  // A clock that was set back meanwhile must neither put off the next poll nor count backwards.
  #untilWhole(): number {
    const left = this.#wholeAt - this.#options.context.scheduler.now()
    return Math.min(this.#options.intervalMs, Math.max(0, left))
  }

  #untilHinted(): number {
    const left = this.#lastHinted + this.#hintGapMs - this.#options.context.scheduler.now()
    return Math.min(this.#hintGapMs, Math.max(0, left))
  }

  /** One poll: emits what it found, or its trouble, and completes. */
  next(): Observable<Finding> {
    const { context, intervalMs, poll } = this.#options
    const timeoutMs = this.#options.timeoutMs ?? Math.max(shortestTimeoutMs, 2 * intervalMs)
    const { scheduler, refreshMetrics, logger } = context
    const start = scheduler.now()
    const passed = (): number => Math.max(0, scheduler.now() - start)
    const observe = (): void => refreshMetrics.observe(passed() / 1000)
    // A poll for everything covers the hints there are.
    const taken = this.#hints?.take()
    const isHinted = this.#next === 'hinted'
    const hints = isHinted ? taken : undefined
    // Also where there were too many to name.
    if (isHinted) this.#lastHinted = start
    const keepPace = (): void => {
      this.#wholeAt = scheduler.now() + Math.max(0, intervalMs - passed())
    }
    context.countRequest?.()
    return pollOnce((signal) => poll(signal, hints), timeoutMs, scheduler).pipe(
      map((found) => {
        observe()
        this.#failures = 0
        // A storm of hints must not keep a server busy that takes long to answer: it rests as long as it works.
        if (isHinted) this.#hintGapMs = Math.min(Math.max(hintGapMs, 2 * passed()), intervalMs)
        const { answer, again } = parts(found)
        this.#pause = again === undefined ? { kind: 'interval' } : { kind: 'interval', again }
        if (hints === undefined || isList(answer)) keepPace()
        return this.#finding(answer, scheduler.now() + this.#untilWhole())
      }),
      catchError((error: unknown) => {
        observe()
        refreshMetrics.failed()
        this.#failures += 1
        keepPace()
        const ms = this.#retryWait(error, this.#untilWhole())
        this.#pause = { kind: 'backOff', ms }
        logger.error('Unable to refresh target groups', { err: error })
        return of({ trouble: { error, nextTry: scheduler.now() + ms } })
      }),
    )
  }

  #retryWait(error: unknown, tick: number): number {
    const { intervalMs, context } = this.#options
    const hasReachedInterval = firstRetryMs * 2 ** (this.#failures - 1) >= intervalMs
    if (hasReachedInterval) return Math.max(tick, askedFor(error))
    return backOffDelay(this.#failures, error, context.random, {
      firstMs: firstRetryMs,
      maxMs: intervalMs,
    })
  }

  #finding(answer: PollAnswer, nextTry: number): Finding {
    if (isList(answer)) return { groups: this.#withGone(answer), complete: true }
    if (this.#options.whole === true) this.#note(answer.groups ?? [])
    const { trouble } = answer
    return trouble === undefined || trouble === null
      ? answer
      : { ...answer, trouble: { nextTry, ...trouble } }
  }

  /** Adds an empty group for each source that is gone. */
  #withGone(groups: readonly TargetGroup[]): readonly TargetGroup[] {
    // An answer that did not change names the same groups.
    if (this.#options.whole !== true || groups === this.#last) return groups
    this.#last = groups
    const now = new Set(groups.map((group) => group.source))
    const gone = [...this.#sources].filter((source) => !now.has(source))
    this.#sources = now
    return [...groups, ...gone.map((source) => ({ source, labels: {}, targets: [] }))]
  }

  /** Remembers the sources of a part, for the next whole answer. */
  #note(groups: readonly TargetGroup[]): void {
    this.#last = undefined
    for (const { source } of groups) this.#sources.add(source)
  }
}

function isList(answer: PollAnswer): answer is readonly TargetGroup[] {
  return Array.isArray(answer)
}

function parts<H>(found: PollAnswer | ProvisionalAnswer<H>): {
  readonly answer: PollAnswer
  readonly again?: ProvisionalAnswer<H>['again']
} {
  return 'again' in found ? found : { answer: found }
}
