import type { HttpResponse } from '../../http/index.js'

/** What lets a server answer "not modified": headers for the next request. */
export type Conditions = Readonly<Record<string, string>>

/** Clocks of files and of servers count whole seconds; one more for their rounding. */
const settledMs = 2000

/**
 * The conditions that an answer allows. Servers make validators of modification times in whole
 * seconds, so a file that changes twice in one second could look unmodified forever: an answer that
 * young gives no conditions (RFC 9110, 8.8.2.2).
 */
export function conditionsOf(response: Pick<HttpResponse, 'header'>): Conditions {
  const etag = response.header('etag')
  const modified = response.header('last-modified')
  if (modified !== undefined && !isSettled(modified, response.header('date'))) return {}
  if (etag !== undefined) return { 'if-none-match': etag }
  return modified === undefined ? {} : { 'if-modified-since': modified }
}

function isSettled(modified: string, date: string | undefined): boolean {
  const age = Date.parse(date ?? '') - Date.parse(modified)
  return age >= settledMs
}
