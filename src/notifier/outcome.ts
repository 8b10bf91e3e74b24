import { parseRetryAfter } from '../http/index.js'
import type { Answer } from './transport.js'

/** What became of one post. */
export type Outcome =
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
 * Says what an answer means.
 * @param now Unix milliseconds, for a `Retry-After` that is a date
 */
export function outcomeOf(answer: Answer, now: number): Outcome {
  const { status, statusLine, text } = answer
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  const said = text.trim() === '' ? '' : `: ${text.trim()}`
  const retryAfterMs = parseRetryAfter(answer.retryAfter, now)
  const error = new PostError(`bad response status ${statusLine}${said}`, {
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
  return { kind: refusals.has(status) ? 'refused' : 'failed', error }
}
