import { catchError, defer, map, type Observable, of, repeat, timer } from 'rxjs'
import { timerMs } from '../../run/index.js'
import { askedFor, backOffDelay } from '../../waiting/back-off.js'
import { checkMs } from '../../waiting/option.js'
import { RefreshError } from './poll-once.js'
import type { Discoverer, DiscovererContext, Finding } from '../mechanism.js'
import { pollOnce } from './poll-once.js'
import type { TargetGroup } from '../groups/target-group.js'

export interface RefreshOptions {
  /** Milliseconds from the start of one poll to the start of the next. */
  readonly intervalMs: number
  readonly context: DiscovererContext
  /**
   * Asks once. The signal aborts when the answer is not wanted any more. A list of groups means that
   * everything was asked; an answer that lacks a part is a finding with that part's trouble.
   * A rejection keeps the groups there are; its `retryAfterMs` is honoured.
   */
  readonly poll: (signal: AbortSignal) => Promise<readonly TargetGroup[] | Finding>
  /** Each answer names all groups: those of the last one that it does not name are gone. */
  readonly whole?: boolean
  /** An answer that takes longer than this (milliseconds) is a failure, whatever `poll` does. */
  readonly timeoutMs?: number
}

/**
 * A discoverer that asks again and again: at once, and then every interval. While one poll runs no
 * other begins.
 *
 * A failed poll is logged, counted and reported, and what was found before stays. It is tried again
 * sooner than the interval says, with exponential back-off, until that reaches the interval: from then
 * on the pace is the interval's, so that a server in trouble gets no more requests than in health.
 * @throws {RefreshError} for an interval that is not positive
 * @throws {OptionError} for a `timeoutMs` that is negative or NaN
 */
export function refresh(options: RefreshOptions): Discoverer {
  if (!(options.intervalMs > 0)) throw new RefreshError('refresh_interval must be greater than 0')
  checkMs('timeoutMs', options.timeoutMs)
  const { scheduler } = options.context
  return {
    findings: () =>
      defer(() => {
        const rounds = new Rounds(options)
        return defer(() => rounds.next()).pipe(
          repeat({ delay: () => timer(timerMs(rounds.waitMs), scheduler) }),
        )
      }),
  }
}

// Only for mechanisms that forget to limit themselves; some ask many pages one after the other.
const shortestTimeoutMs = 300_000
const firstRetryMs = 1000

/** The polls of one subscription, one after the other. */
class Rounds {
  /** How long to wait for the next one; milliseconds. */
  waitMs = 0
  readonly #options: RefreshOptions
  #sources: ReadonlySet<string> = new Set()
  #last: readonly TargetGroup[] | undefined
  #failures = 0

  constructor(options: RefreshOptions) {
    this.#options = options
  }

  /** One poll: emits what it found, or its trouble, and completes. */
  next(): Observable<Finding> {
    const { context, intervalMs, poll } = this.#options
    const timeoutMs = this.#options.timeoutMs ?? Math.max(shortestTimeoutMs, 2 * intervalMs)
    const { scheduler, refreshMetrics, logger } = context
    const start = scheduler.now()
    // A clock that was set back meanwhile must neither put off the next poll nor count backwards.
    const passed = (): number => Math.max(0, scheduler.now() - start)
    const tick = (): number => Math.max(0, intervalMs - passed())
    const observe = (): void => refreshMetrics.observe(passed() / 1000)
    context.countRequest?.()
    return pollOnce(poll, timeoutMs, scheduler).pipe(
      map((answer) => {
        observe()
        this.#failures = 0
        this.waitMs = tick()
        return this.#finding(answer, scheduler.now() + this.waitMs)
      }),
      catchError((error: unknown) => {
        observe()
        refreshMetrics.failed()
        this.#failures += 1
        this.waitMs = this.#retryWait(error, tick())
        logger.error('Unable to refresh target groups', { err: error })
        return of({ trouble: { error, nextTry: scheduler.now() + this.waitMs } })
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

  #finding(answer: readonly TargetGroup[] | Finding, nextTry: number): Finding {
    if (isList(answer)) return { groups: this.#withGone(answer), complete: true }
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
}

function isList(answer: readonly TargetGroup[] | Finding): answer is readonly TargetGroup[] {
  return Array.isArray(answer)
}
