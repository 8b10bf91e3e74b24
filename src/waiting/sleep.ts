import type { SchedulerLike } from 'rxjs'
import { timerMs } from '../run/index.js'
import { abortReason } from './abort-reason.js'

/**
 * Waits on the scheduler's clock.
 * @param ms milliseconds
 * @throws the signal's reason, at once when it aborts; the timer is freed then
 */
export function sleep(ms: number, scheduler: SchedulerLike, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
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
