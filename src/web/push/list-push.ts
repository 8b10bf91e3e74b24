import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { asyncScheduler, type Observable, type SchedulerLike } from 'rxjs'
import type { PoolChange } from '../../scrape/index.js'
import type { Turns } from '../../waiting/turns.js'
import type { WebContext } from '../context.js'
import { listBody } from '../lists/list-body.js'
import type { ListCache } from '../lists/list-cache.js'
import type { Readers, Reader } from '../readers.js'
import { hasVersion } from '../reply/etag.js'
import { applicationJson, replyLong, replyText } from '../reply/reply.js'
import { HeldPlaces } from './held-places.js'
import { HeldRequests } from './held-requests.js'
import { ListStreams } from './list-streams.js'
import { PoolPulses } from './pool-pulses.js'
import type { ListState, ServedList } from './served-list.js'
import { wantedWaitMs } from './wanted-wait.js'

export interface ListPushOptions {
  /** Which pool shows something else; completes when the daemon stops. Left out: no request waits. */
  readonly changes: Observable<PoolChange> | undefined
  readonly cache: ListCache
  readonly readers: Readers
  readonly turns: Turns
  /** Requests that wait and streams, together; what is beyond is answered at once. Default 10,000. */
  readonly maxHeld?: number
  /** No request waits longer than this; milliseconds. Default 300,000. */
  readonly maxWaitMs?: number
  readonly scheduler?: SchedulerLike
  /** Logs that a change could not be told. */
  readonly report: (error: unknown) => void
}

/**
 * Answers requests for lists of targets: at once, or held until the list changes (`Prefer: wait=30` or `?wait=30s`,
 * with `If-None-Match`), or as Server-Sent Events that go on with every change (`Accept: text/event-stream`).
 */
export class ListPush {
  readonly #options: ListPushOptions
  readonly #places: HeldPlaces
  readonly #held: HeldRequests | undefined
  readonly #streams: ListStreams | undefined
  readonly #pulses: PoolPulses | undefined

  constructor(options: ListPushOptions) {
    const { changes, scheduler = asyncScheduler } = options
    this.#options = options
    this.#places = new HeldPlaces(options.maxHeld ?? 10_000)
    if (changes === undefined) return
    const pulses = new PoolPulses(changes, scheduler)
    this.#pulses = pulses
    this.#held = new HeldRequests({ ...options, pulses, scheduler })
    this.#streams = new ListStreams({ ...options, pulses, scheduler })
  }

  /** How many requests wait or follow now. */
  get heldCount(): number {
    return this.#places.taken
  }

  /** @param output names the list in the records of its readers */
  async reply(c: WebContext, list: ServedList, output: string): Promise<Response> {
    const state = list.now()
    if (state.kind !== 'ready') return refuse(c, state)
    if (this.#held === undefined || this.#streams === undefined) {
      return await this.#answer(c, list, output, 'poll')
    }
    c.header('Accept-Prefer', 'wait')
    c.header('Vary', 'Accept')
    if ((c.req.header('Accept') ?? '').includes('text/event-stream')) {
      return await this.#follow(c, list, output, this.#streams, state.etag)
    }
    let wanted: number | undefined
    try {
      wanted = wantedWaitMs(c.req.query('wait'), c.req.header('Prefer'))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      return replyText(c, 400, `${error.message}\n`)
    }
    const ifNoneMatch = c.req.header('If-None-Match')
    if (wanted === undefined || ifNoneMatch === undefined) {
      return await this.#answer(c, list, output, 'poll')
    }
    return await this.#wait(c, list, output, this.#held, { wanted, ifNoneMatch, state })
  }

  async #wait(
    c: WebContext,
    list: ServedList,
    output: string,
    held: HeldRequests,
    { wanted, ifNoneMatch, state }: Wait,
  ): Promise<Response> {
    const { maxWaitMs = 300_000 } = this.#options
    const hasIt = hasVersion(ifNoneMatch, state.etag)
    // Changes that follow closely are given together, also to one that asks in the middle of them.
    const mustWait = hasIt || this.#pulses?.isPending(list.job) === true
    if (!mustWait || !this.#places.take()) return await this.#answer(c, list, output, 'poll')
    try {
      const ms = Math.min(wanted, maxWaitMs)
      c.header('Preference-Applied', `wait=${String(Math.floor(ms / 1000))}`)
      if (hasIt) this.#note(c, list, output, 'wait', state.etag)
      const end = await held.hold(c, list, ifNoneMatch, ms)
      if (end === 'gone') return RESPONSE_ALREADY_SENT
      if (end !== 'over') {
        this.#note(c, list, output, 'wait', end.etag)
        return RESPONSE_ALREADY_SENT
      }
    } finally {
      this.#places.giveBack()
    }
    return await this.#answer(c, list, output, 'wait')
  }

  async #follow(
    c: WebContext,
    list: ServedList,
    output: string,
    streams: ListStreams,
    etag: string,
  ): Promise<Response> {
    if (!this.#places.take()) {
      c.header('Retry-After', '10')
      return replyText(c, 503, 'too many requests wait for changes already\n')
    }
    try {
      this.#note(c, list, output, 'stream', etag)
      return await streams.open(c, list)
    } finally {
      this.#places.giveBack()
    }
  }

  /** Answers with the list as it is now. */
  async #answer(
    c: WebContext,
    list: ServedList,
    output: string,
    way: Reader['way'],
  ): Promise<Response> {
    const state = list.now()
    if (state.kind !== 'ready') return refuse(c, state)
    const { etag } = state
    this.#note(c, list, output, way, etag)
    const body = listBody(() => ['[', [state.list], ']'], this.#options.cache)
    return await replyLong(c, { contentType: applicationJson, etag, body })
  }

  #note(
    c: WebContext,
    list: ServedList,
    output: string,
    way: Reader['way'],
    version: string,
  ): void {
    const seconds = Number(c.req.header('X-Prometheus-Refresh-Interval-Seconds') ?? Number.NaN)
    this.#options.readers.served({
      job: list.job,
      output,
      list: list.key,
      address: c.env.incoming.socket.remoteAddress ?? '',
      userAgent: c.req.header('User-Agent') ?? '',
      version,
      current: () => {
        const state = list.now()
        return state.kind === 'ready' ? state.etag : undefined
      },
      intervalMs: seconds > 0 && Number.isFinite(seconds) ? seconds * 1000 : undefined,
      way,
    })
  }
}

/** A request that wants to wait. */
interface Wait {
  /** Milliseconds. */
  readonly wanted: number
  readonly ifNoneMatch: string
  readonly state: Extract<ListState, { kind: 'ready' }>
}

function refuse(c: WebContext, state: Exclude<ListState, { kind: 'ready' }>): Response {
  if (state.kind === 'unknown') return replyText(c, 404, `${state.reason}\n`)
  c.header('Retry-After', String(state.retryAfterSeconds))
  return replyText(c, 503, `${state.reason}\n`)
}
