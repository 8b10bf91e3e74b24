import type { SchedulerLike } from 'rxjs'
import { parseRetryAfter } from '../http/index.js'
import { timerMs } from '../run/index.js'
import { errorMessage } from '../telemetry/error-text.js'
import type { AlertTransport, Answer } from './alert-transport.js'

/** How posts are made; a reload may change it under a full queue. */
export interface PostOptions {
  readonly transport: AlertTransport
  /** One post takes no longer than this. */
  readonly timeoutMs: number
}

/** What became of one post. */
export type PostResult =
  /** Alertmanager has the alerts. */
  | { readonly kind: 'delivered' }
  /** It will never take this body as it is: there is an alert in it that it cannot take, or it is too large. */
  | { readonly kind: 'refused'; readonly error: PostError }
  /** Not now: worth another try. */
  | { readonly kind: 'failed'; readonly error: PostError }

/** Alertmanager did not take the alerts. `cause` is what the HTTP client said, where it failed. */
export class PostError extends Error {
  override readonly name = 'PostError'
  readonly code = 'ERR_NOTIFIER_POST'
  /** The status it answered with; undefined when there was no answer. */
  readonly status: number | undefined
  /** How long it asked to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    options: ErrorOptions & { readonly status?: number; readonly retryAfterMs?: number } = {},
  ) {
    super(message, options)
    this.status = options.status
    this.retryAfterMs = options.retryAfterMs
  }
}

// Bad content, a body too large, content that is no alert. All other errors can pass: a credential
// is renewed (401, 403), a path is put right (404), a proxy comes back (5xx).
const refusals: ReadonlySet<number> = new Set([400, 413, 422])

/**
 * Posts JSON, and never rejects.
 * @param abort ends the post at once; its reason, if it is a {@link PostError}, is the result's error
 */
export async function postAlerts(
  url: string,
  body: string,
  { transport, timeoutMs }: PostOptions,
  abort: AbortController,
  scheduler: SchedulerLike,
): Promise<PostResult> {
  const { signal } = abort
  const late = (): void => abort.abort(new PostError(`no answer within ${timeoutMs} ms`))
  const timer = scheduler.schedule(late, timerMs(timeoutMs))
  try {
    return resultOf(await transport.post(url, body, signal), scheduler.now())
  } catch (error) {
    const cause: unknown = signal.aborted ? signal.reason : error
    if (cause instanceof PostError) return { kind: 'failed', error: cause }
    return { kind: 'failed', error: new PostError(errorMessage(cause), { cause }) }
  } finally {
    timer.unsubscribe()
  }
}

/** @param now Unix milliseconds, for a `Retry-After` that is a date */
function resultOf(answer: Answer, now: number): PostResult {
  const { status, statusLine, text } = answer
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  const shown = text.trim() === '' ? '' : `: ${text.trim()}`
  const retryAfterMs = parseRetryAfter(answer.retryAfter, now)
  const error = new PostError(`bad response status ${statusLine}${shown}`, {
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
  return { kind: refusals.has(status) ? 'refused' : 'failed', error }
}
