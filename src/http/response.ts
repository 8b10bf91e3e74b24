import type { Buffer } from 'node:buffer'
import { STATUS_CODES } from 'node:http'
import { HttpError } from './errors.js'

/** An answer, whatever its status. */
export interface HttpResponse {
  readonly status: number
  /** The reason phrase as sent; HTTP's own where none was. */
  readonly statusText: string
  /** Where it came from in the end, after redirects. */
  readonly url: string
  readonly body: Buffer
  /** A header's value, several joined with `, `; undefined where there is none. */
  header(name: string): string | undefined
}

/** The status line of an answer without the protocol: `503 Service Unavailable`. */
export function statusLine(response: Pick<HttpResponse, 'status' | 'statusText'>): string {
  const text = response.statusText === '' ? STATUS_CODES[response.status] : response.statusText
  return `${String(response.status)} ${text ?? ''}`.trim()
}

/**
 * How long a Retry-After header asks to wait, given in seconds or as a date.
 * @returns milliseconds; undefined for none or one that cannot be read
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined
  if (/^[0-9]{1,9}$/.test(value.trim())) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}

/**
 * The error for an answer of a status that is of no use, with the wait that the server asked for.
 * @param message without the status line, which is appended
 */
export function statusError(
  response: HttpResponse,
  message = 'server returned HTTP status',
  nowMs: number = Date.now(),
): HttpError {
  const wait =
    response.status === 429 || response.status === 503
      ? parseRetryAfter(response.header('retry-after'), nowMs)
      : undefined
  return new HttpError('status', `${message} ${statusLine(response)}`, {
    status: response.status,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  })
}
