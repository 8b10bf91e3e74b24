import type { Http2ServerResponse } from 'node:http2'
import type { Relay, RelayAnswer } from '../../notifier/index.js'
import type { WebContext } from '../context.js'
import { applicationJson, replyText } from '../reply/reply.js'
import { BodyReader } from './body-reader.js'
import type { OwnOrigin } from './own-origin.js'
import { foreignPage, type WebRoute } from './route.js'

/** This many of the longest bodies may be held at once; short ones by the thousand. */
const longestAtOnce = 6

/** The part of Alertmanager's API that senders of alerts use. */
export function relayRoutes(relay: Relay, isOwnOrigin: OwnOrigin): readonly WebRoute[] {
  const { maxBodyBytes } = relay
  const bodies = new BodyReader({
    maxBytes: maxBodyBytes,
    maxHeldBytes: longestAtOnce * maxBodyBytes,
  })
  return [
    {
      methods: ['POST'],
      path: '/api/v2/alerts',
      needsReady: true,
      handle: async (c) => {
        const reason = foreignPage(c, isOwnOrigin)
        if (reason !== undefined) return refuse(c, 403, reason)
        const type = c.req.header('Content-Type')
        const answer = await bodies.use<RelayAnswer>(c, (body) => relay.post(body, type))
        if (answer === 'too long') {
          return refuse(c, 413, `the body is longer than ${String(maxBodyBytes)} bytes`)
        }
        if (answer === 'too slow') {
          hangUp(c)
          return refuse(c, 408, 'the body came too slowly, or not at all')
        }
        if (answer === 'too many' || answer === 'displaced') {
          if (answer === 'displaced') hangUp(c)
          c.header('Retry-After', '1')
          return refuse(c, 503, 'too many alerts are being posted, try again')
        }
        if (answer.status === 503) c.header('Retry-After', '1')
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

/** The rest of the body is thrown away; a client that sends more of it for long loses the connection. */
function refuse(c: WebContext, code: 403 | 408 | 413 | 503, message: string): Response {
  const { stream } = c.env.outgoing as unknown as Partial<Http2ServerResponse>
  // A stream would stay open until all of its body has come.
  if (stream !== undefined) c.env.outgoing.once('finish', () => stream.close())
  return replyText(c, code, JSON.stringify({ code, message }), applicationJson)
}

/** Closes an HTTP/1 connection after the answer: the rest of the body would not come. */
function hangUp(c: WebContext): void {
  if (c.env.incoming.httpVersionMajor === 1) c.header('Connection', 'close')
}
