import { formatChanges, formatReasons } from '../../reload/index.js'
import { visibleLines } from '../../go/visible.js'
import { replyText } from '../reply/reply.js'
import type { WebSources } from '../sources.js'
import { type ActionOptions, actionRoute, type WebRoute } from './route.js'

/** `/-/reload` and `/-/quit`, with Prometheus' answers; that to a reload also says what changed. */
export function lifecycleRoutes(sources: WebSources, options: ActionOptions): readonly WebRoute[] {
  let asked = false
  return [
    actionRoute('/-/reload', options, async (c) => {
      const result = await sources.reload()
      if (result.ok) {
        const changes = formatChanges(result.changes)
        return replyText(c, 200, `${changes === '' ? 'Nothing changed.' : visibleLines(changes)}\n`)
      }
      return replyText(c, 500, `failed to reload config: ${formatReasons(result.reasons)}\n`)
    }),
    actionRoute('/-/quit', options, (c) => {
      if (asked) return replyText(c, 200, 'Termination already in progress.')
      asked = true
      // The answer goes out first: quitting closes the connection it travels on.
      c.env.outgoing.once('close', () => sources.quit())
      return replyText(c, 200, 'Requesting termination... Goodbye!')
    }),
  ]
}
