import type { WebContext } from '../context.js'
import { applicationJson, replyText, replyWhole } from './reply.js'

/** Prometheus' names for what can be wrong with an API request. */
export type ApiErrorType = 'bad_data' | 'execution' | 'internal' | 'not_found' | 'unavailable'

const statusOf = {
  bad_data: 400,
  execution: 422,
  internal: 500,
  not_found: 404,
  unavailable: 500,
} as const

/** `{"status":"success","data":…}` */
export async function success(c: WebContext, data: unknown): Promise<Response> {
  return await replyWhole(c, `{"status":"success","data":${JSON.stringify(data)}}`, applicationJson)
}

/** What stands around data that is sent in parts. */
export const envelope = { before: '{"status":"success","data":', after: '}' } as const

/** `{"status":"error","errorType":…,"error":…}` */
export function failure(c: WebContext, errorType: ApiErrorType, error: string): Response {
  const body = JSON.stringify({ status: 'error', errorType, error })
  return replyText(c, statusOf[errorType], body, applicationJson)
}
