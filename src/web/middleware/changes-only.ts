import type { Route } from '../context.js'
import { replyText } from '../reply/reply.js'

/**
 * Stands before everything that changes the daemon: it takes POST or PUT, and does nothing unless the
 * lifecycle API was enabled.
 *
 * A browser that carries another site's request is refused as well: such a request needs no answer
 * to do harm, and no tool sends `Sec-Fetch-Site`.
 */
export function changesOnly(path: string, enabled: boolean, act: Route['handle']): Route {
  return {
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
