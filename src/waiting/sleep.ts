import type { SchedulerLike } from 'rxjs'
import { timerMs } from '../run/index.js'
import { abortReason } from './abort-reason.js'
import { checkMs } from './option.js'

/**
 * Waits on the scheduler's clock.
 * @param ms milliseconds
 * @throws the signal's reason, at once when it aborts; the timer is freed then
 * @throws {OptionError} for a time that is negative or NaN
 */
export function sleep(ms: number, scheduler: SchedulerLike, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    checkMs('ms', ms)
    if (signal.aborted) {
      reject(abortReason(signal))
      return
    }
    const timer = scheduler.schedule(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, timerMs(ms))
    const stop = (): void => {
      timer.unsubscribe()
      reject(abortReason(signal))
    }
    signal.addEventListener('abort', stop, { once: true })
  })
}
