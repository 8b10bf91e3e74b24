import type { WebContext } from '../context.js'
import { replyText } from '../reply/reply.js'

/** A path and what answers requests for it. */
export interface WebRoute {
  readonly methods: readonly ('GET' | 'POST' | 'PUT')[]
  /** Below the route prefix; a trailing `*` takes everything. */
  readonly path: string
  /** Answers 503 until the daemon is ready. */
  readonly needsReady?: boolean
  readonly handle: (c: WebContext) => Response | Promise<Response>
}

/** A `GET` below `/api/v1`, which answers once the daemon is ready. */
export function apiRoute(path: string, handle: WebRoute['handle']): WebRoute {
  return { methods: ['GET'], path: `/api/v1${path}`, needsReady: true, handle }
}

/**
 * A `POST` or `PUT` that makes the daemon do something: refused unless the lifecycle API was enabled.
 *
 * A browser that carries another site's request is refused as well: such a request needs no answer
 * to do harm, and no tool sends `Sec-Fetch-Site`.
 */
export function actionRoute(path: string, enabled: boolean, act: WebRoute['handle']): WebRoute {
  return {
    // `GET` is among them for the answer that Prometheus gives to it.
    methods: ['GET', 'POST', 'PUT'],
    path,
    handle: (c) => {
      if (c.req.method === 'GET' || c.req.method === 'HEAD') {
        return replyText(c, 405, 'Only POST or PUT requests allowed')
      }
      if (!enabled) return replyText(c, 403, 'Lifecycle API is not enabled.')
      const site = c.req.header('Sec-Fetch-Site')
      if (site === 'cross-site' || site === 'same-site') {
        return replyText(c, 403, 'Lifecycle requests of other sites are refused.')
      }
      return act(c)
    },
  }
}
