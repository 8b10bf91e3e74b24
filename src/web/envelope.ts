import type { BodyCache } from './body-cache.js'
import type { WebContext } from './context.js'
import { applicationJson, replyLong, replyText, replyWhole } from './reply.js'

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

/**
 * The same around data that is made while it is sent.
 * @param data called in this turn, if a body is needed at all
 */
export async function successLong(
  c: WebContext,
  data: () => Iterable<string>,
  version: { readonly etag: string; readonly cacheKey: string },
  cache: BodyCache,
): Promise<Response> {
  // Not a generator: what is sent is taken hold of together with its version.
  const texts = (): Iterable<string> => enveloped(data())
  return await replyLong(c, { contentType: applicationJson, texts, ...version }, cache)
}

function* enveloped(data: Iterable<string>): Generator<string> {
  yield '{"status":"success","data":'
  yield* data
  yield '}'
}

/** `{"status":"error","errorType":…,"error":…}` */
export function failure(c: WebContext, errorType: ApiErrorType, error: string): Response {
  const body = JSON.stringify({ status: 'error', errorType, error })
  return replyText(c, statusOf[errorType], body, applicationJson)
}
