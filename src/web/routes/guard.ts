import type { WebContext } from '../context.js'
import { replyText } from '../reply/reply.js'
import type { ProviderSource, WebSources } from '../sources.js'
import { type ActionOptions, actionRoute, type WebRoute } from './route.js'

/**
 * `/-/discovery/freeze?set=` keeps every target of a set until `/-/discovery/accept?set=`, which also
 * believes whatever loss the guard holds back. Sets of Alertmanagers need `manager=notify`.
 */
export function guardRoutes(
  discovery: WebSources['discovery'],
  options: ActionOptions,
): readonly WebRoute[] {
  return [
    actionRoute('/-/discovery/freeze', options, (c) =>
      act(c, discovery, (source, set) => source.freeze(set), 'Frozen.\n'),
    ),
    actionRoute('/-/discovery/accept', options, (c) =>
      act(c, discovery, (source, set) => source.accept(set), 'Accepted.\n'),
    ),
  ]
}

function act(
  c: WebContext,
  discovery: WebSources['discovery'],
  change: (source: ProviderSource, set: string) => void,
  done: string,
): Response {
  const manager = c.req.query('manager') ?? 'scrape'
  if (manager !== 'scrape' && manager !== 'notify') {
    return replyText(c, 400, 'manager must be scrape or notify\n')
  }
  const set = c.req.query('set')
  if (set === undefined) return replyText(c, 400, 'no set parameter provided\n')
  const source = discovery[manager]
  if (!source.sets().has(set)) {
    return replyText(c, 404, `no target set is called ${JSON.stringify(set)}\n`)
  }
  change(source, set)
  return replyText(c, 200, done)
}
