import { Observable, type SchedulerLike, throwError, timeout } from 'rxjs'
import { timerMs } from '../../run/index.js'

/** A poll cannot be made as configured. */
export class RefreshError extends Error {
  override readonly name = 'RefreshError'
  readonly code = 'ERR_DISCOVERY_REFRESH'
}

/**
 * One question as a stream: emits the answer and completes, or errors. Unsubscribing, and being too
 * slow, abort the signal; an answer that comes after that goes nowhere.
 */
export function pollOnce<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
  scheduler: SchedulerLike,
): Observable<T> {
  const answer = new Observable<T>((subscriber) => {
    const controller = new AbortController()
    let isAnswered = false
    ask(controller.signal).then(
      (value) => {
        isAnswered = true
        subscriber.next(value)
        subscriber.complete()
      },
      (error: unknown) => {
        isAnswered = true
        subscriber.error(error)
      },
    )
    return () => {
      if (!isAnswered) controller.abort()
    }
  })
  const tooSlow = (): Observable<never> =>
    throwError(() => new RefreshError(`no answer within ${String(timeoutMs / 1000)} s`))
  return answer.pipe(timeout({ first: timerMs(timeoutMs), scheduler, with: tooSlow }))
}
