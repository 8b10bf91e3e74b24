import { replyText } from '../reply/reply.js'
import type { WebSources } from '../sources.js'
import type { WebRoute } from './route.js'

/**
 * Whether the process lives, whether it can answer, and what it is. `/-/ready?providers` is for probes
 * that want every provider to be well: it names those that are not.
 */
export function healthRoutes(sources: WebSources): readonly WebRoute[] {
  return [
    {
      methods: ['GET'],
      path: '/-/healthy',
      handle: (c) => replyText(c, 200, 'muster is Healthy.\n'),
    },
    {
      methods: ['GET'],
      path: '/-/ready',
      needsReady: true,
      handle: (c) => {
        const sick = c.req.query('providers') === undefined ? [] : notRunning(sources.discovery)
        if (sick.length === 0) return replyText(c, 200, 'muster is Ready.\n')
        return replyText(c, 503, `${sick.join('\n')}\n`)
      },
    },
    {
      methods: ['GET'],
      path: '/version',
      handle: (c) => replyText(c, 200, JSON.stringify(sources.build)),
    },
  ]
}

function notRunning(discovery: WebSources['discovery']): readonly string[] {
  return (['scrape', 'notify'] as const).flatMap((manager) =>
    discovery[manager]
      .providers()
      .filter(({ state }) => state !== 'running')
      .map(({ name, state, lastError }) => {
        const why = lastError === undefined ? '' : `: ${lastError.message}`
        return `${manager} ${name} is ${state}${why}`
      }),
  )
}
