import type { MiddlewareHandler } from 'hono'
import type { WebEnv } from '../context.js'
import { replyText } from '../reply/reply.js'
import type { Readiness } from '../sources.js'

/** Answers 503 while the daemon is not ready, as Prometheus does. */
export function requireReady(readiness: () => Readiness): MiddlewareHandler<WebEnv> {
  return async (c, next) => {
    const state = readiness()
    if (state === 'ready') return await next()
    c.header('X-Prometheus-Stopping', String(state === 'stopping'))
    return replyText(c, 503, 'Service Unavailable')
  }
}
