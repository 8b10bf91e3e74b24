import type { Relay } from '../../notifier/index.js'
import type { Route, WebContext } from '../context.js'
import { applicationJson, replyText } from '../reply.js'

/** The part of Alertmanager's API that those who send alerts use. */
export function relayRoutes(relay: Relay): readonly Route[] {
  return [
    {
      methods: ['POST'],
      path: '/api/v2/alerts',
      needsReady: true,
      handle: async (c) => {
        const body = await readBody(c, relay.maxBodyBytes)
        if (body === undefined) {
          c.header('Connection', 'close')
          const limit = String(relay.maxBodyBytes)
          return replyText(c, 413, `"the body is longer than ${limit} bytes"`, applicationJson)
        }
        const answer = relay.post(body, c.req.header('Content-Type'))
        return replyText(c, answer.status, answer.body, applicationJson)
      },
    },
    {
      methods: ['GET'],
      path: '/api/v2/status',
      needsReady: true,
      handle: (c) => replyText(c, 200, JSON.stringify(relay.status()), applicationJson),
    },
  ]
}

/** The body as text; undefined as soon as it is too long. */
async function readBody(c: WebContext, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of c.env.incoming as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
