import type { Buffer } from 'node:buffer'
import { STATUS_CODES } from 'node:http'
import { HttpError } from './errors.js'

/** An answer, whatever its status. */
export interface HttpResponse {
  readonly status: number
  /** The reason phrase as sent; HTTP's own where none was. */
  readonly statusText: string
  /** Where it came from in the end, after redirects; for showing, without secrets that a server put in. */
  readonly url: string
  readonly body: Buffer
  /** A header's value, the first of several as in Go; undefined where there is none. */
  header(name: string): string | undefined
  /**
   * A text of the answer as it may be shown: without the credentials that the request was sent with, which a
   * server may repeat. To be asked for before the text is cut short.
   */
  withoutSecrets(text: string): string
}

/** An answer whose headers are there and whose body is still coming. */
export interface HttpStream extends Omit<HttpResponse, 'body'> {
  /**
   * The body as the server sends it, to be read once; no faster than its reader, and of any length. Leaving
   * the loop early ends the connection. Reading throws an `HttpError` where the connection is lost or the
   * body is silent for too long, and the signal's reason when that aborts.
   */
  readonly body: AsyncIterable<Buffer>
  /** Ends the connection without reading the body. Safe to call twice. */
  cancel(): void
}

/** The status line of an answer without the protocol: `503 Service Unavailable`. */
export function statusLine(response: Pick<HttpResponse, 'status' | 'statusText'>): string {
  const text = response.statusText === '' ? STATUS_CODES[response.status] : response.statusText
  return `${String(response.status)} ${text ?? ''}`.trim()
}

/** A server that asks for more, by a mistake of units say, is asked again after an hour. */
const longestRetryMs = 3_600_000

/**
 * How long a Retry-After header asks to wait, given in seconds or as a date (RFC 9110, 10.2.3).
 * @returns milliseconds, an hour at most; undefined for none or one that cannot be read
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined
  if (/^[0-9]+$/.test(value.trim())) return Math.min(Number(value) * 1000, longestRetryMs)
  // A date may lie beyond those that a clock can show.
  if (/^[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [1-9][0-9]{4,} /.test(value)) return longestRetryMs
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - nowMs), longestRetryMs)
}

/**
 * The error for an answer of a status that is of no use, with the wait that the server asked for.
 * @param message without the status line, which is appended
 */
export function statusError(
  response: Omit<HttpResponse, 'body'>,
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
