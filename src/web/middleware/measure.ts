import type { MiddlewareHandler } from 'hono'
import type { WebEnv } from '../context.js'
import type { WebMetrics } from './metrics.js'

/** Counts every request of one handler once its answer is out, or its client gone. */
export function measured(metrics: WebMetrics, handler: string): MiddlewareHandler<WebEnv> {
  metrics.announce(handler)
  return async (c, next) => {
    const started = performance.now()
    const { outgoing } = c.env
    outgoing.once('close', () => {
      const seconds = (performance.now() - started) / 1000
      metrics.observe(handler, outgoing.statusCode, seconds, c.get('sent').bytes)
    })
    await next()
  }
}
