import type { MiddlewareHandler } from 'hono'
import type { WebEnv } from '../context.js'

const headers = {
  'Access-Control-Allow-Headers': 'Accept, Authorization, Content-Type, Origin',
  'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
  'Access-Control-Expose-Headers': 'Date',
}

/**
 * Lets pages of other origins read the API, with Prometheus' headers.
 * @param isAllowed whether an origin may
 */
export function cors(isAllowed: (origin: string) => boolean): MiddlewareHandler<WebEnv> {
  return async (c, next) => {
    c.header('Vary', 'Origin', { append: true })
    const origin = c.req.header('Origin')
    if (origin !== undefined && origin !== '') {
      for (const [name, value] of Object.entries(headers)) c.header(name, value)
      if (isAllowed(origin)) c.header('Access-Control-Allow-Origin', origin)
    }
    if (c.req.method === 'OPTIONS') return c.body(null, 204)
    return await next()
  }
}
