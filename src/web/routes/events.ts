import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { apiRoute } from '../api-route.js'
import type { Route, WebContext } from '../context.js'
import { failure, success } from '../envelope.js'
import { type EventFilter, matches } from '../events/filter.js'
import type { EventLog, NumberedEntry } from '../events/log.js'
import { printed } from '../events/print.js'
import { streamEvents } from '../events/stream.js'

/** Streams open at once, as many as Prometheus allows for its notifications. */
const maxStreams = 16

const defaultLimit = 100
const maxLimit = 1000

/**
 * `/api/v1/targets/events`: which targets came and went, and why.
 *
 * `manager`, `set`, `provider`, `cause`, `kind` and `address` filter. `after` gives what follows a
 * number, the oldest first; without it the latest are given. `limit` is 100 unless it says otherwise,
 * 1000 at most. With `Accept: text/event-stream` it goes on with every new event.
 */
export function eventsRoute(log: EventLog): Route {
  let streams = 0
  return apiRoute('/targets/events', async (c) => {
    const filter = readFilter(c)
    const after = readCount(c.req.header('Last-Event-ID') ?? c.req.query('after'))
    const limit = readCount(c.req.query('limit')) ?? defaultLimit
    if (Number.isNaN(after) || Number.isNaN(limit)) {
      return failure(c, 'bad_data', 'after and limit must be whole numbers')
    }
    // A number of an earlier run: everything of this one is new.
    const start = after === undefined || after <= log.lastId ? after : 0
    if (!(c.req.header('Accept') ?? '').includes('text/event-stream')) {
      const events = page(log, filter, start, Math.min(limit, maxLimit)).map(printed)
      return await success(c, { events, lastId: log.lastId })
    }
    // Tells an EventSource to stop trying, as Prometheus does.
    if (streams >= maxStreams) return c.body(null, 204)
    if (c.req.method === 'HEAD') return c.body(null, 200)
    streams += 1
    try {
      const { outgoing } = c.env
      c.header('Content-Type', 'text/event-stream')
      c.header('Cache-Control', 'no-store')
      outgoing.writeHead(200, Object.fromEntries(c.body(null, 200).headers))
      await streamEvents(outgoing, log, filter, start ?? log.lastId)
    } finally {
      streams -= 1
    }
    return RESPONSE_ALREADY_SENT
  })
}

function page(
  log: EventLog,
  filter: EventFilter,
  after: number | undefined,
  limit: number,
): readonly NumberedEntry[] {
  const found: NumberedEntry[] = []
  for (const numbered of log.after(after ?? 0)) {
    if (after !== undefined && found.length >= limit) break
    if (matches(filter, numbered.entry)) found.push(numbered)
  }
  return after === undefined ? found.slice(Math.max(0, found.length - limit)) : found
}

function readFilter(c: WebContext): EventFilter {
  const names = ['manager', 'set', 'provider', 'cause', 'kind', 'address'] as const
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = c.req.query(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** NaN for what is no count. */
function readCount(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
}
