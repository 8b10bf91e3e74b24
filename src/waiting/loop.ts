import { Observable } from 'rxjs'

/**
 * A cold stream out of an endless async loop: subscribing starts the body, unsubscribing aborts its
 * signal. What the body throws after that is its way of stopping, and goes nowhere.
 */
export function loop<T>(
  body: (emit: (value: T) => void, signal: AbortSignal) => Promise<void>,
): Observable<T> {
  return new Observable((subscriber) => {
    const stop = new AbortController()
    body((value) => subscriber.next(value), stop.signal).then(
      () => subscriber.complete(),
      (error: unknown) => {
        if (!stop.signal.aborted) subscriber.error(error)
      },
    )
    return () => stop.abort()
  })
}
