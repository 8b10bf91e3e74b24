import type { WebContext } from '../context.js'
import { applicationJson, replyText, replyWhole } from './reply.js'

/** Prometheus' names for what can be wrong with an API request. */
export type ApiErrorType =
  | 'bad_data'
  | 'busy'
  | 'execution'
  | 'internal'
  | 'not_found'
  | 'unavailable'

const statusOf = {
  bad_data: 400,
  busy: 429,
  execution: 422,
  internal: 500,
  not_found: 404,
  unavailable: 500,
} as const

/** What stands around the data of every successful answer: `{"status":"success","data":…}`. */
export const envelope = { before: '{"status":"success","data":', after: '}' } as const

/** Answers with data that is written as JSON at once. */
export function success(c: WebContext, data: unknown): Promise<Response> {
  return successJson(c, JSON.stringify(data))
}

/** Answers with data that is JSON already. */
export async function successJson(c: WebContext, data: string): Promise<Response> {
  return await replyWhole(c, `${envelope.before}${data}${envelope.after}`, applicationJson)
}

/**
 * Answers with `{"status":"error","errorType":…,"error":…}`.
 * @param details more keys, which Prometheus has not
 */
export function failure(
  c: WebContext,
  errorType: ApiErrorType,
  error: string,
  details: object = {},
): Response {
  const body = JSON.stringify({ status: 'error', errorType, error, ...details })
  return replyText(c, statusOf[errorType], body, applicationJson)
}
