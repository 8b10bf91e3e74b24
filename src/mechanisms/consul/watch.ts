import type { Observable, SchedulerLike } from 'rxjs'
import { type BackOff, backOffDelay } from '../../waiting/back-off.js'
import type { ConsulAnswer } from './api.js'
import type { CircuitBreaker } from './circuit-breaker.js'
import { ConsulError } from './errors.js'
import { loop } from '../../waiting/loop.js'
import { RateLimit } from '../../waiting/rate-limit.js'
import { sleep } from '../../waiting/sleep.js'

const backOff: BackOff = { firstMs: 1000, maxMs: 30_000 }

/** Asks for the state after an index (a blocking query), or for the current state with an index of 0. */
export type Query = (index: number, signal: AbortSignal) => Promise<ConsulAnswer>

/** What is known of something that is watched. */
export type WatchState<T> =
  /** The newest answer is good. The value is the same object as long as nothing changed. */
  | { readonly kind: 'ok'; readonly value: T }
  | {
      readonly kind: 'failing'
      /** From the last good answer; undefined before the first. */
      readonly value: T | undefined
      readonly error: ConsulError
      /** When it is tried again, in milliseconds on the scheduler's clock. */
      readonly nextTry: number | undefined
    }

export interface WatchOptions<T> {
  readonly query: Query
  readonly read: (answer: ConsulAnswer, signal: AbortSignal) => T | Promise<T>
  /** Milliseconds in which one more query is allowed; see {@link RateLimit}. */
  readonly refreshInterval: number
  readonly breaker: CircuitBreaker
  readonly scheduler: SchedulerLike
  readonly random: () => number
  /** The watch completes with the first good answer. */
  readonly once?: true
}

/**
 * Watches something in Consul by blocking queries: emits after every answer, changed or not, and after
 * every failure. It goes on through failures of all kinds and keeps the last good answer.
 */
export function watch<T>(options: WatchOptions<T>): Observable<WatchState<T>> {
  const { query, read, refreshInterval, breaker, scheduler, random, once } = options
  return loop(async (emit, signal) => {
    const rateLimit = new RateLimit(refreshInterval, scheduler)
    /** What the next query asks after. */
    let index = 0
    /** The index of the last answer. */
    let newest = 0
    let value: T | undefined
    /** The next answer is read also when its index is that of the last one. */
    let mustRead = true
    let failures = 0
    let timesOpened = breaker.timesOpened

    /** Consul's rules for clients: https://developer.hashicorp.com/consul/api-docs/features/blocking */
    const take = async (answer: ConsulAnswer): Promise<T> => {
      const wentBack = answer.index < newest
      if (wentBack && !answer.knowsLeader) {
        // A server that was just restarted answers stale reads before it has read its own data.
        throw new ConsulError('Consul has no leader and answers with older data', 'answer')
      }
      // Without an index (0) nothing says whether it changed; the core compares.
      const isNew = mustRead || answer.index !== newest || answer.index === 0
      const taken = isNew || value === undefined ? await read(answer, signal) : value
      value = taken
      mustRead = false
      newest = answer.index
      // An index that went backwards starts again from 0.
      index = wentBack ? 0 : newest
      return taken
    }
    const startOver = (): void => {
      index = 0
      mustRead = true
    }

    for (;;) {
      const hasNoIndex = index === 0 && value !== undefined && newest === 0
      const wait = hasNoIndex ? refreshInterval : rateLimit.reserve()
      if (wait > 0) await sleep(wait, scheduler, signal)
      await breaker.wait(signal)
      if (timesOpened !== breaker.timesOpened) {
        // Other watches found Consul gone while this one was not asking. One that lost its data counts
        // from the start again, and would hold a query with an index from before until its time is up.
        timesOpened = breaker.timesOpened
        startOver()
      }
      try {
        const taken = await take(await query(index, signal))
        failures = 0
        breaker.recordSuccess()
        emit({ kind: 'ok', value: taken })
        if (once) return
      } catch (thrown) {
        if (signal.aborted) throw thrown
        const error = asConsulError(thrown)
        // What was missed meanwhile is asked for at once, and it may be another server that answers,
        // whose index says nothing even where it is the same.
        startOver()
        failures += 1
        const isOut = error.fault === 'network' || error.fault === 'busy'
        if (isOut) breaker.recordFailure(error)
        const delay = isOut ? 0 : backOffDelay(failures, error, random, backOff)
        const nextTry = isOut ? breaker.nextTry : scheduler.now() + delay
        emit({ kind: 'failing', value, error, nextTry })
        if (delay > 0) await sleep(delay, scheduler, signal)
      }
    }
  })
}

function asConsulError(thrown: unknown): ConsulError {
  if (thrown instanceof ConsulError) return thrown
  return new ConsulError(`cannot ask Consul: ${String(thrown)}`, 'answer', { cause: thrown })
}
