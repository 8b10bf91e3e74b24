import { HttpError } from '../../../http/index.js'
import { AnswerError } from '../../kit/errors.js'
import type { Status } from '../decode/status.js'

/** A server refused a request, or ended a watch, with words of its own. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError'
  readonly code = 'ERR_KUBERNETES'
  /** The HTTP status; a watch that goes wrong later has one of its own. */
  readonly status: number
  /** One word of the server: `Expired`, `Forbidden`; empty where it says none. */
  readonly reason: string
  /** How long the server asked to be left alone, in milliseconds; undefined where it did not. */
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    status: number,
    reason: string,
    options: ErrorOptions & { readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options)
    this.status = status
    this.reason = reason
    this.retryAfterMs = options.retryAfterMs
  }
}

/** A server writes this text: it stays one short line. */
const longestMessage = 500

/**
 * The error for what a server said.
 * @param what names what was asked for: `pods`, `pods of namespace web`
 */
export function refusal(
  what: string,
  { code, reason, message, retryAfterSeconds }: Status,
): KubernetesError {
  const words = message.replace(/\s+/g, ' ').slice(0, longestMessage)
  const said = words === '' ? reason : words
  return new KubernetesError(
    `${what}: ${said === '' ? `status ${String(code)}` : said}`,
    code,
    reason,
    {
      retryAfterMs: retryAfterSeconds > 0 ? retryAfterSeconds * 1000 : undefined,
    },
  )
}

function statusOf(error: unknown): number | undefined {
  return error instanceof KubernetesError || error instanceof HttpError ? error.status : undefined
}

/** The version that was asked for is too old: everything has to be listed again. */
export function isExpired(error: unknown): boolean {
  if (statusOf(error) === 410) return true
  return error instanceof KubernetesError && /^(?:Expired|Gone)$/.test(error.reason)
}

/** The server does not have this version of an API. */
export function isMissing(error: unknown): boolean {
  return statusOf(error) === 404
}

/** The server does not understand the parameters. */
export function isNotUnderstood(error: unknown): boolean {
  const status = statusOf(error)
  return status === 400 || status === 422
}

/** The server has not come to the version that was asked for, and may never: it may be older than it was. */
export function isBehind(error: unknown): boolean {
  return statusOf(error) === 504 && /too large resource version/i.test(String(error))
}

/** The connection, or the server behind it, was lost: it may be another that answers next. */
export function isLost(error: unknown): boolean {
  if (error instanceof AnswerError) return true
  if (!(error instanceof HttpError)) return false
  return error.kind !== 'status' || (error.status ?? 0) >= 500
}
