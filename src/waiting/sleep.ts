import type { SchedulerLike } from 'rxjs'
import { timerMs } from '../run/index.js'

/**
 * Waits on the scheduler's clock.
 * @param ms milliseconds
 * @throws the signal's reason, at once when it aborts; the timer is freed then
 */
export function sleep(ms: number, scheduler: SchedulerLike, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(reasonOf(signal))
      return
    }
    const timer = scheduler.schedule(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, timerMs(ms))
    const stop = (): void => {
      timer.unsubscribe()
      reject(reasonOf(signal))
    }
    signal.addEventListener('abort', stop, { once: true })
  })
}

/** What an aborted signal says, as an error. */
export function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason })
}
