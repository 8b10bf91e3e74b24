import {
  type EventFilter,
  type EventKind,
  eventKinds,
  type EventLog,
  type EventRange,
} from '../../scrape/events/index.js'
import type { WebContext } from '../context.js'
import { failure, successJson } from '../reply/envelope.js'
import type { EventStreams } from './event-streams.js'
import { apiRoute, type WebRoute } from './route.js'

const defaultLimit = 100
const maxLimit = 1000

/**
 * `/api/v1/targets/events`: what became of targets, and why.
 *
 * `manager`, `set`, `provider`, `cause`, `kind`, `address` and `text` filter; `kind` takes several.
 * `after` gives what follows an event; without it the latest are given, or with `before` those before
 * an event; always the oldest first. `limit` is 100 unless it says otherwise, 1000 at most. With
 * `Accept: text/event-stream` it goes on with every new event.
 * @param log undefined where no events are kept
 */
export function eventsRoute(log: EventLog | undefined, streams: EventStreams): WebRoute {
  return apiRoute('/targets/events', (c) => {
    if (log === undefined) {
      return failure(c, 'not_found', 'no target events are kept: --discovery.events is 0')
    }
    const filter = readFilter(c)
    if (typeof filter === 'string') return failure(c, 'bad_data', filter)
    const range = readRange(c)
    if (typeof range === 'string') return failure(c, 'bad_data', range)
    if ((c.req.header('Accept') ?? '').includes('text/event-stream')) {
      return streams.open(c, log, filter, lastSeen(c) ?? range.after)
    }
    const events = log.page(filter, range).map(({ json }) => json)
    return successJson(c, `{"events":[${events.join(',')}],"lastId":${String(log.lastId)}}`)
  })
}

/** The filter of a request; otherwise what is wrong with it. */
function readFilter(c: WebContext): EventFilter | string {
  const words = (c.req.queries('kind') ?? []).flatMap((list) => list.split(','))
  const kinds: EventKind[] = []
  for (const word of words) {
    const kind = eventKinds.find((one) => one === word)
    if (kind === undefined) return `kind must be one of ${eventKinds.join(', ')}`
    kinds.push(kind)
  }
  const names = ['manager', 'set', 'provider', 'cause', 'address', 'text'] as const
  const given = names.flatMap((name) => {
    const value = c.req.query(name)
    return value === undefined ? [] : [[name, value]]
  })
  return { ...(Object.fromEntries(given) as EventFilter), kinds }
}

/** Which part of the log a request wants; otherwise what is wrong with it. */
function readRange(c: WebContext): EventRange | string {
  const read = (name: string): number | undefined => wholeNumber(c.req.query(name))
  const [after, before, limit] = [read('after'), read('before'), read('limit')]
  for (const [name, value] of Object.entries({ after, before, limit })) {
    if (Number.isNaN(value)) return `${name} must be a whole number`
  }
  if (limit === 0) return 'limit must be above 0'
  return {
    limit: Math.min(limit ?? defaultLimit, maxLimit),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  }
}

/** NaN for a text that is not a whole number. */
function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  return /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN
}

/** The last event that a client saw before its connection broke. */
function lastSeen(c: WebContext): number | undefined {
  const id = wholeNumber(c.req.header('Last-Event-ID'))
  return Number.isNaN(id) ? undefined : id
}
