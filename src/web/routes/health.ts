import type { Route } from '../context.js'
import { replyText } from '../reply.js'
import type { WebSources } from '../sources.js'

/** Whether the process lives, whether it can answer, and what it is. */
export function healthRoutes(sources: WebSources): readonly Route[] {
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
      handle: (c) => replyText(c, 200, 'muster is Ready.\n'),
    },
    {
      methods: ['GET'],
      path: '/version',
      handle: (c) => replyText(c, 200, JSON.stringify(sources.build)),
    },
  ]
}
