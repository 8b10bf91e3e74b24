import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { asyncScheduler, interval, type SchedulerLike } from 'rxjs'
import { type EventFilter, type EventLog, matches } from '../../scrape/events/index.js'
import type { WebContext } from '../context.js'
import { StreamClient } from '../push/stream-client.js'

/** Events read from the log at a time. */
const pageLength = 100

export interface EventStreamsOptions {
  /** Streams open at once; Prometheus allows as many of its notifications. */
  readonly max?: number
  /** Milliseconds between heartbeats, which keep proxies from closing a quiet stream. */
  readonly heartbeatMs?: number
  /**
   * How much may come up while a client reads nothing before it is cut off, in characters; it comes
   * back with its last id, and catches up.
   */
  readonly maxUnread?: number
  readonly scheduler?: SchedulerLike
}

/** The clients that follow events as Server-Sent Events. */
export class EventStreams {
  readonly #options: Required<EventStreamsOptions>
  #open = 0

  constructor(options: EventStreamsOptions = {}) {
    const { max = 16, heartbeatMs = 15_000, maxUnread = 2 ** 20 } = options
    this.#options = { max, heartbeatMs, maxUnread, scheduler: options.scheduler ?? asyncScheduler }
  }

  /**
   * Answers with a stream: the events after one first, as far as they are kept, then every event as it
   * comes, no faster than the client reads. Where the log has moved on before a client, a `lost` event
   * says how many it missed. The stream ends with the log, with the client, and when the client reads
   * nothing.
   */
  async open(
    c: WebContext,
    log: EventLog,
    wanted: EventFilter,
    after: number | undefined,
  ): Promise<Response> {
    c.header('Content-Type', 'text/event-stream')
    c.header('Cache-Control', 'no-store')
    c.header('X-Content-Type-Options', 'nosniff')
    // Tells nginx to pass on what it gets.
    c.header('X-Accel-Buffering', 'no')
    if (c.req.method === 'HEAD') return c.body(null, 200)
    // Tells an EventSource to stop trying, as Prometheus does.
    if (this.#open >= this.#options.max) return c.body(null, 204)
    this.#open += 1
    const { outgoing } = c.env
    const sent = c.get('sent')
    outgoing.writeHead(200, Object.fromEntries(c.body(null, 200).headers))
    try {
      const client = new StreamClient(outgoing, (bytes) => {
        sent.bytes += bytes
      })
      await this.#stream(client, log, wanted, after, {
        gracefully: () => outgoing.end(),
        atOnce: () => outgoing.destroy(),
      })
    } finally {
      this.#open -= 1
    }
    return RESPONSE_ALREADY_SENT
  }

  /** Resolves when the connection is over; nothing is left behind then. */
  async #stream(
    client: StreamClient,
    log: EventLog,
    wanted: EventFilter,
    after: number | undefined,
    end: { readonly gracefully: () => void; readonly atOnce: () => void },
  ): Promise<void> {
    const { heartbeatMs, scheduler, maxUnread } = this.#options
    let seen = after ?? log.lastId
    let state: 'behind' | 'caught up' = 'behind'
    let isClosed = false
    const following = log.follow().subscribe({
      next: (entry) => {
        const isWanted = matches(entry, wanted)
        // Only the one that follows: others may still have to be read from the log.
        if (state === 'caught up' && entry.id === seen + 1 && client.keepsUp) {
          seen = entry.id
          if (isWanted) client.write(eventText(entry))
          return
        }
        client.news(isWanted ? entry.json.length : 0)
        if (client.behind > maxUnread) end.atOnce()
      },
      complete: () => {
        isClosed = true
        client.news(0)
      },
    })
    following.add(
      interval(heartbeatMs, scheduler).subscribe(() => {
        // What waits to be read keeps the connection open as well.
        if (client.keepsUp) client.write(':\n\n')
      }),
    )
    if (log.lostSince(seen) === 0) client.write(':\n\n')
    while (!client.isGone) {
      if (seen === log.lastId) {
        if (isClosed) end.gracefully()
        state = 'caught up'
        await client.woken()
        state = 'behind'
        continue
      }
      const lost = log.lostSince(seen)
      const page = log.page(wanted, { after: seen, limit: pageLength })
      seen = page.length < pageLength ? log.lastId : (page.at(-1)?.id ?? log.lastId)
      if (lost > 0) client.write(`event: lost\ndata: {"count":${String(lost)}}\n\n`)
      for (const entry of page) {
        client.write(eventText(entry))
        await client.readOn()
      }
    }
    following.unsubscribe()
  }
}

function eventText({ id, json }: { readonly id: number; readonly json: string }): string {
  return `id: ${String(id)}\ndata: ${json}\n\n`
}
