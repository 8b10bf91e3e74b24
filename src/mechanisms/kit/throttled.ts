import type { SchedulerLike } from 'rxjs'
import { type BackOff, backOffDelay } from '../../waiting/back-off.js'
import { sleep } from '../../waiting/sleep.js'

const mostTries = 4
const retries: BackOff = { firstMs: 1000, maxMs: 8000 }
const longestWaitMs = 20_000

/** For APIs whose every answer is looked at, as only their words say what a refusal means. */
export const anyStatus: readonly number[] = Array.from({ length: 400 }, (_, i) => 200 + i)

/** What waiting takes. */
export interface ThrottledOptions {
  readonly random: () => number
  readonly scheduler: SchedulerLike
  readonly signal: AbortSignal
}

/**
 * Waits before a request that was throttled is made again. A poll goes on where the API asks for a short wait, so
 * that it need not begin again with its first page.
 * @param tries how often the request was made
 * @param error of the last try; its `retryAfterMs` is what the API asks for
 * @throws the error, where the wait is longer than 20 s or the request was made four times; the signal's reason when
 * it aborts
 */
export async function waitThrottled(
  tries: number,
  error: Error,
  { random, scheduler, signal }: ThrottledOptions,
): Promise<void> {
  const waitMs = backOffDelay(tries, error, random, retries)
  if (tries >= mostTries || waitMs > longestWaitMs) throw error
  await sleep(waitMs, scheduler, signal)
}
