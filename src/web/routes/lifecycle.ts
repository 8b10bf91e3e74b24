import { formatChanges, formatReasons } from '../../reload/index.js'
import { visibleLines } from '../../go/visible.js'
import { planJson } from '../../plan/index.js'
import type { WebContext } from '../context.js'
import { textBody } from '../reply/body.js'
import { applicationJson, replyLong, replyText } from '../reply/reply.js'
import type { WebSources } from '../sources.js'
import { type ActionOptions, actionRoute, type WebRoute } from './route.js'

/** As a flag of Go is read; undefined for anything else, which must not reload by mistake. */
function isDry(text: string): boolean | undefined {
  if (/^(?:1|t|true)$/i.test(text)) return true
  return /^(?:0|f|false)$/i.test(text) ? false : undefined
}

/** Answers with the plan of a reload as `muster plan --format=json` has it. */
async function replyPlan(c: WebContext, sources: WebSources): Promise<Response> {
  const planned = await sources.planReload()
  if (!planned.ok) {
    return replyText(c, 500, `failed to reload config: ${formatReasons(planned.reasons)}\n`)
  }
  const body = textBody(() => planJson(planned.plan))
  return await replyLong(c, { contentType: applicationJson, body })
}

/** `/-/reload` and `/-/quit`, with Prometheus' answers; that to a reload also says what changed. `?dry_run=1` says what would. */
export function lifecycleRoutes(sources: WebSources, options: ActionOptions): readonly WebRoute[] {
  let asked = false
  return [
    actionRoute('/-/reload', options, async (c) => {
      const dry = c.req.query('dry_run')
      if (dry !== undefined && isDry(dry) === undefined) {
        return replyText(c, 400, 'dry_run must be true or false\n')
      }
      if (dry !== undefined && isDry(dry) === true) return await replyPlan(c, sources)
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
