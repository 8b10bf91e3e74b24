import { abortReason } from './abort-reason.js'

/**
 * Waits for work that others may wait for too: a signal ends the waiting, not the work.
 * @throws what the work throws; the signal's reason
 */
export function waitFor<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(abortReason(signal))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    const free = (): void => signal.removeEventListener('abort', stop)
    work.then(resolve, reject)
    work.then(free, free)
  })
}
