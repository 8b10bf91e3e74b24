import type { Observable, SchedulerLike } from 'rxjs'
import { type BackOff, backOffDelay } from '../../waiting/back-off.js'
import type { ConsulAnswer } from './client.js'
import { ConsulError } from './errors.js'
import { loop } from '../../waiting/loop.js'
import type { Outage } from './outage.js'
import { RateLimit } from '../../waiting/rate-limit.js'
import { sleep } from '../../waiting/sleep.js'

const backOff: BackOff = { firstMs: 1000, maxMs: 30_000 }

/** What is known of something that is watched. */
export interface Watched<T> {
  /** The last good answer; undefined before the first. The same object as long as nothing changed. */
  readonly value: T | undefined
  /** What is wrong just now. */
  readonly error: ConsulError | undefined
  /** When it is tried again, in milliseconds on the scheduler's clock. */
  readonly nextTry: number | undefined
}

export interface FollowOptions<T> {
  /** Asks for the state after an index, or for the state of now with an index of 0. */
  readonly ask: (index: number, signal: AbortSignal) => Promise<ConsulAnswer>
  readonly read: (answer: ConsulAnswer) => T
  /** Milliseconds; see {@link RateLimit}. */
  readonly refreshInterval: number
  readonly outage: Outage
  readonly scheduler: SchedulerLike
  readonly random: () => number
  /** The first good answer is all that is wanted. */
  readonly once?: true
}

/**
 * Follows something in Consul by blocking queries: emits after every answer, changed or not, and
 * after every failure. It goes on through failures of all kinds and keeps the last good answer.
 */
export function follow<T>(options: FollowOptions<T>): Observable<Watched<T>> {
  const { ask, read, refreshInterval, outage, scheduler, random, once } = options
  return loop(async (emit, signal) => {
    const limit = new RateLimit(refreshInterval, scheduler)
    let index = 0
    let newest = 0
    let value: T | undefined
    let mustRead = true
    let failures = 0
    let outages = outage.count

    const take = (answer: ConsulAnswer): void => {
      const wentBack = answer.index < newest
      if (wentBack && !answer.knowsLeader) {
        // A server that was just restarted answers stale reads before it has read its own data.
        throw new ConsulError('Consul has no leader and answers with older data', 'answer')
      }
      // Without an index (0) nothing says whether it changed; whoever listens compares.
      if (mustRead || answer.index !== newest || answer.index === 0) value = read(answer)
      mustRead = false
      newest = answer.index
      // Consul's rule for clients: an index that went backwards starts again from 0.
      index = wentBack ? 0 : newest
    }

    for (;;) {
      const wait =
        index === 0 && value !== undefined && newest === 0 ? refreshInterval : limit.reserve()
      if (wait > 0) await sleep(wait, scheduler, signal)
      await outage.turn(signal)
      if (outages !== outage.count) {
        // Others saw Consul go while this watch was not asking. One that lost its data counts from
        // the start again, and would hold a request with an index from before until its time is up.
        outages = outage.count
        index = 0
        mustRead = true
      }
      try {
        take(await ask(index, signal))
        failures = 0
        outage.succeeded()
        emit({ value, error: undefined, nextTry: undefined })
        if (once) return
      } catch (thrown) {
        if (signal.aborted) throw thrown
        const error = asFailure(thrown)
        // What was missed meanwhile is asked for at once, and it may be another server that answers,
        // whose index says nothing even where it is the same.
        index = 0
        mustRead = true
        failures += 1
        const isOut = error.fault === 'network' || error.fault === 'busy'
        if (isOut) outage.failed(error)
        const delay = isOut ? 0 : backOffDelay(failures, error, random, backOff)
        emit({ value, error, nextTry: isOut ? outage.nextTry : scheduler.now() + delay })
        if (delay > 0) await sleep(delay, scheduler, signal)
      }
    }
  })
}

function asFailure(thrown: unknown): ConsulError {
  if (thrown instanceof ConsulError) return thrown
  return new ConsulError(`cannot ask Consul: ${String(thrown)}`, 'answer', { cause: thrown })
}
