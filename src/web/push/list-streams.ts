import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { interval, type SchedulerLike } from 'rxjs'
import type { Turns } from '../../waiting/turns.js'
import type { WebContext } from '../context.js'
import { holdRequest } from '../server/held-request.js'
import { ListStream } from './list-stream.js'
import type { PoolPulses } from './pool-pulses.js'
import type { ServedList } from './served-list.js'
import { StreamClient } from './stream-client.js'

/** How long a list that is followed no more is kept in mind, so that its clients may come back; milliseconds. */
const lingerMs = 60_000

/** Milliseconds between heartbeats, which keep proxies from closing a quiet stream. */
const heartbeatMs = 15_000

export interface ListStreamsOptions {
  readonly pulses: PoolPulses
  readonly turns: Turns
  readonly scheduler: SchedulerLike
  /** Logs that a change could not be told. */
  readonly report: (error: unknown) => void
}

/** The lists that clients follow as Server-Sent Events. */
export class ListStreams {
  readonly #options: ListStreamsOptions
  /** By the job, and then by the key of the list. */
  readonly #streams: Map<string, Map<string, ListStream>> = new Map()
  #isStarted = false

  constructor(options: ListStreamsOptions) {
    this.#options = options
  }

  /** Answers with the list, and then with its changes, for as long as both sides want. */
  async open(c: WebContext, list: ServedList): Promise<Response> {
    const { scheduler } = this.#options
    c.header('Content-Type', 'text/event-stream')
    c.header('Cache-Control', 'no-store')
    c.header('X-Content-Type-Options', 'nosniff')
    // Tells nginx to pass on what it gets.
    c.header('X-Accel-Buffering', 'no')
    if (c.req.method === 'HEAD') return c.body(null, 200)
    const stream = this.#streamOf(list)
    const { incoming, outgoing } = c.env
    const sent = c.get('sent')
    outgoing.writeHead(200, Object.fromEntries(c.body(null, 200).headers))
    outgoing.flushHeaders()
    const client = new StreamClient(outgoing, (bytes) => {
      sent.bytes += bytes
    })
    holdRequest(incoming, true)
    const heartbeat = interval(heartbeatMs, scheduler).subscribe(() => {
      if (client.keepsUp) client.write(':\n\n')
    })
    try {
      const version = c.req.header('Last-Event-ID')
      await stream.follow(client, version, () => outgoing.destroy())
      outgoing.end()
    } finally {
      heartbeat.unsubscribe()
      holdRequest(incoming, false)
      this.#forgetLater(list, stream)
    }
    return RESPONSE_ALREADY_SENT
  }

  #streamOf(list: ServedList): ListStream {
    this.#start()
    const ofJob = this.#streams.get(list.job) ?? new Map<string, ListStream>()
    this.#streams.set(list.job, ofJob)
    const known = ofJob.get(list.key)
    if (known !== undefined) return known
    const made = new ListStream(list, this.#options.turns)
    ofJob.set(list.key, made)
    return made
  }

  #start(): void {
    const { pulses } = this.#options
    pulses.start()
    if (this.#isStarted) return
    this.#isStarted = true
    pulses.pulses.subscribe({
      next: (job) => {
        for (const stream of this.#streams.get(job)?.values() ?? []) {
          // No client has to be informed; one that comes back catches up.
          if (stream.followers === 0) continue
          stream.update().catch((error: unknown) => this.#options.report(error))
        }
      },
      complete: () => {
        for (const ofJob of this.#streams.values()) for (const one of ofJob.values()) one.stop()
      },
    })
  }

  #forgetLater({ job, key }: ServedList, stream: ListStream): void {
    if (stream.followers > 0) return
    const { scheduler } = this.#options
    scheduler.schedule(() => {
      const ofJob = this.#streams.get(job)
      if (stream.followers > 0 || ofJob?.get(key) !== stream) return
      ofJob.delete(key)
      if (ofJob.size === 0) this.#streams.delete(job)
    }, lingerMs)
  }
}
