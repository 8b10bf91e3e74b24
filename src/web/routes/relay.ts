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
  const bodies = new BodyReader(maxBodyBytes, longestAtOnce * maxBodyBytes)
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
        if (answer === 'too many') {
          c.header('Retry-After', '1')
          return refuse(c, 503, 'too many alerts are being posted, try again')
        }
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
function refuse(c: WebContext, code: 403 | 413 | 503, message: string): Response {
  return replyText(c, code, JSON.stringify({ code, message }), applicationJson)
}
