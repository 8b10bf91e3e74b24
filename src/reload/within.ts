import { ReloadStoppedError, ReloadTimeoutError } from './errors.js'
import { timerMs } from './timer-ms.js'

/** What ends a wait before the work does. */
export interface Limit {
  /** Milliseconds; undefined means no limit. */
  readonly timeoutMs: number | undefined
  readonly stop: AbortSignal
}

/**
 * Waits for work, but no longer than the limit says.
 *
 * @param tooLate gets what the work gives after the wait has ended; it must not throw. What the work
 * throws then adds nothing: the answer has been given.
 * @throws what the work throws, ReloadTimeoutError, or ReloadStoppedError
 */
export function within<T>(
  work: Promise<T>,
  { timeoutMs, stop }: Limit,
  tooLate: (value: T) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let waiting = true
    const end = (): void => {
      waiting = false
      clearTimeout(timer)
      stop.removeEventListener('abort', stopped)
    }
    const giveUp = (error: Error): void => {
      end()
      reject(error)
    }
    const stopped = (): void => giveUp(new ReloadStoppedError())
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => giveUp(new ReloadTimeoutError(timeoutMs)), timerMs(timeoutMs))
    stop.addEventListener('abort', stopped)
    work.then(
      (value) => {
        if (!waiting) {
          tooLate(value)
          return
        }
        end()
        resolve(value)
      },
      (error: unknown) => {
        if (!waiting) return
        end()
        reject(error)
      },
    )
    if (stop.aborted) stopped()
  })
}
