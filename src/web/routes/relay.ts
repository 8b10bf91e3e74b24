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
        if (body === undefined) return tooLong(c, relay.maxBodyBytes)
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

/** The rest of such a body is not read: the connection ends here. */
function tooLong(c: WebContext, maxBytes: number): Response {
  c.header('Connection', 'close')
  const message = `the body is longer than ${String(maxBytes)} bytes`
  return replyText(c, 413, JSON.stringify({ code: 413, message }), applicationJson)
}

/** The body as text; undefined as soon as it is too long. */
async function readBody(c: WebContext, maxBytes: number): Promise<string | undefined> {
  if (Number(c.req.header('Content-Length') ?? 0) > maxBytes) return undefined
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of c.env.incoming as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
