import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { asyncScheduler, filter, interval, type SchedulerLike } from 'rxjs'
import { type EventFilter, type EventLog, matches } from '../../scrape/events/index.js'
import type { WebContext } from '../context.js'

export interface EventStreamsOptions {
  /** Streams open at once; Prometheus allows as many of its notifications. */
  readonly max?: number
  /** Milliseconds between heartbeats, which keep proxies from closing a quiet stream. */
  readonly heartbeatMs?: number
  /** What a client may leave unread before it is cut off, in bytes; it comes back with its last id. */
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
   * Answers with a stream: the events after one first, if they are kept, then every event as it comes.
   * It ends with the log, with the client, and when the client does not read.
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
      await this.#stream(outgoing, log, wanted, after, (bytes) => {
        sent.bytes += bytes
      })
    } finally {
      this.#open -= 1
    }
    return RESPONSE_ALREADY_SENT
  }

  /** Resolves when the connection is over; nothing is left behind then. */
  #stream(
    outgoing: ServerResponse,
    log: EventLog,
    wanted: EventFilter,
    after: number | undefined,
    onSent: (bytes: number) => void,
  ): Promise<void> {
    const { heartbeatMs, scheduler, maxUnread } = this.#options
    return new Promise((resolve) => {
      let unread = 0
      const write = (text: string): void => {
        const bytes = Buffer.byteLength(text)
        unread += bytes
        onSent(bytes)
        outgoing.write(text, (error) => {
          unread -= bytes
          // The client may have gone before the listeners below were added.
          if (error) finish()
        })
        if (unread > maxUnread) outgoing.destroy()
      }
      const heartbeat = interval(heartbeatMs, scheduler).subscribe(() => write(':\n\n'))
      const finish = (): void => {
        heartbeat.unsubscribe()
        resolve()
      }
      outgoing.once('close', finish)
      // A broken connection closes as well; there is nothing to report.
      outgoing.on('error', finish)
      const lost = after === undefined ? 0 : log.lostSince(after)
      write(lost === 0 ? ':\n\n' : `event: lost\ndata: {"count":${String(lost)}}\n\n`)
      heartbeat.add(
        log
          .follow(after)
          .pipe(filter((entry) => matches(entry, wanted)))
          .subscribe({
            next: ({ id, json }) => write(`id: ${String(id)}\ndata: ${json}\n\n`),
            complete: () => outgoing.end(),
          }),
      )
    })
  }
}
