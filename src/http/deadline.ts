import { timerMs } from '../run/index.js'
import { HttpError } from './errors.js'

/** An AbortSignal that fires for whichever comes first: the caller's own, or the end of the time. */
export interface Deadline {
  readonly signal: AbortSignal
  /** Frees the timer and the listener. */
  clear(): void
}

/**
 * Starts the clock of one request.
 * @param subject for the error, asked for only then: `GET http://host/`
 */
export function startDeadline(
  timeoutMs: number,
  subject: () => string,
  outer: AbortSignal | undefined,
): Deadline {
  const controller = new AbortController()
  const timer = setTimeout(() => {
    controller.abort(
      new HttpError(
        'timeout',
        `${subject()}: no complete answer within ${String(timeoutMs / 1000)}s`,
      ),
    )
  }, timerMs(timeoutMs))
  const follow = (): void => {
    controller.abort(outer?.reason)
  }
  if (outer?.aborted === true) follow()
  outer?.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer)
      outer?.removeEventListener('abort', follow)
    },
  }
}
