import { formatReasons } from '../../reload/index.js'
import type { Route, WebContext } from '../context.js'
import { replyText } from '../reply.js'
import type { WebSources } from '../sources.js'

/**
 * `/-/reload` and `/-/quit`, which answer 403 unless they were enabled.
 *
 * A browser that carries another site's request is refused as well: such a request needs no answer
 * to do harm, and no tool sends `Sec-Fetch-Site`.
 */
export function lifecycleRoutes(sources: WebSources, enabled: boolean): readonly Route[] {
  let asked = false
  const guarded = (act: (c: WebContext) => Response | Promise<Response>): Route['handle'] => {
    return (c) => {
      if (c.req.method === 'GET' || c.req.method === 'HEAD') {
        return replyText(c, 405, 'Only POST or PUT requests allowed')
      }
      if (!enabled) return replyText(c, 403, 'Lifecycle API is not enabled.')
      const site = c.req.header('Sec-Fetch-Site')
      if (site === 'cross-site' || site === 'same-site') {
        return replyText(c, 403, 'Lifecycle requests of other sites are refused.')
      }
      return act(c)
    }
  }
  return [
    {
      methods: ['GET', 'POST', 'PUT'],
      path: '/-/reload',
      handle: guarded(async (c) => {
        const result = await sources.reload()
        if (result.ok) return replyText(c, 200, '')
        return replyText(c, 500, `failed to reload config: ${formatReasons(result.reasons)}\n`)
      }),
    },
    {
      methods: ['GET', 'POST', 'PUT'],
      path: '/-/quit',
      handle: guarded((c) => {
        if (asked) return replyText(c, 200, 'Termination already in progress.')
        asked = true
        // The answer goes out first: quitting closes the connection it travels on.
        c.env.outgoing.once('close', () => sources.quit())
        return replyText(c, 200, 'Requesting termination... Goodbye!')
      }),
    },
  ]
}
