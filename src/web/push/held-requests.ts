import type { SchedulerLike } from 'rxjs'
import type { Turns } from '../../waiting/turns.js'
import type { WebContext } from '../context.js'
import { listBody } from '../lists/list-body.js'
import type { ListCache } from '../lists/list-cache.js'
import { contentEncoding, type Encoding } from '../reply/encoding.js'
import { hasVersion } from '../reply/etag.js'
import { applicationJson } from '../reply/reply.js'
import { holdRequest } from '../server/held-request.js'
import type { PoolPulses } from './pool-pulses.js'
import type { ListState, ServedList } from './served-list.js'

/** A body that is no longer than this is made once for all who wait for it. */
const maxSharedBytes = 64 * 1024

/** How the wait of a request ended: it is answered, with a version; its client is gone; its answer is still to be made. */
export type HeldEnd = { readonly etag: string } | 'gone' | 'over'

/** One request that waits. */
interface Held {
  readonly c: WebContext
  readonly list: ServedList
  readonly ifNoneMatch: string
  readonly encoding: Encoding | undefined
  /** Those of its answer besides what depends on the body; the same object for many requests. */
  readonly headers: Readonly<Record<string, string>>
  /** Nothing ends its wait any more. */
  readonly settle: () => void
  /** Its wait is over. */
  readonly end: (how: HeldEnd) => void
}

/** What a change came to, for all requests that wait for the same list. */
interface Changed {
  readonly state: ListState
  /** The whole body, by its coding; undefined where it is too long to be shared. */
  readonly bodies: Map<Encoding | undefined, Buffer | undefined>
}

export interface HeldRequestsOptions {
  readonly pulses: PoolPulses
  readonly cache: ListCache
  readonly turns: Turns
  readonly scheduler: SchedulerLike
}

/**
 * Requests that are held until the list they ask for is another one than they have. A change answers all of them
 * with one body, a few in a turn of the event loop.
 */
export class HeldRequests {
  readonly #options: HeldRequestsOptions
  readonly #byJob: Map<string, Set<Held>> = new Map()
  /** Header sets that are in use, by their text: thousands of requests have the same ones. */
  readonly #headers: Map<string, Readonly<Record<string, string>>> = new Map()
  #isStarted = false

  constructor(options: HeldRequestsOptions) {
    this.#options = options
  }

  /**
   * Waits for the list to be another one.
   * @param ms how long, at most
   */
  async hold(c: WebContext, list: ServedList, ifNoneMatch: string, ms: number): Promise<HeldEnd> {
    const { pulses, scheduler } = this.#options
    this.#start()
    if (pulses.isOver) return 'over'
    const { incoming, outgoing } = c.env
    holdRequest(incoming, true)
    try {
      return await new Promise<HeldEnd>((resolve) => {
        const settle = (): void => {
          timer.unsubscribe()
          outgoing.off('close', gone)
          this.#remove(held)
        }
        const end = (how: HeldEnd): void => {
          settle()
          resolve(how)
        }
        const gone = (): void => end('gone')
        const held: Held = {
          c,
          list,
          ifNoneMatch,
          encoding: contentEncoding(c.req.header('Accept-Encoding')),
          headers: this.#headersOf(c),
          settle,
          end,
        }
        this.#add(held)
        outgoing.once('close', gone)
        const timer = scheduler.schedule(() => end('over'), ms)
        if (outgoing.destroyed) gone()
      })
    } finally {
      holdRequest(incoming, false)
    }
  }

  #start(): void {
    const { pulses } = this.#options
    pulses.start()
    if (this.#isStarted) return
    this.#isStarted = true
    pulses.pulses.subscribe({
      next: (job) => {
        // What failed fails again where each of them makes its own answer, and is reported there.
        this.#changed(job).catch(() => this.#end(this.#byJob.get(job) ?? []))
      },
      complete: () => {
        for (const held of this.#byJob.values()) this.#end(held)
      },
    })
  }

  #headersOf(c: WebContext): Readonly<Record<string, string>> {
    const headers = Object.fromEntries(c.body(null, 200).headers)
    const text = JSON.stringify(headers)
    const known = this.#headers.get(text)
    if (known !== undefined) return known
    this.#headers.set(text, headers)
    return headers
  }

  #add(held: Held): void {
    const { job } = held.list
    const others = this.#byJob.get(job)
    if (others === undefined) this.#byJob.set(job, new Set([held]))
    else others.add(held)
  }

  #remove(held: Held): void {
    const { job } = held.list
    const others = this.#byJob.get(job)
    others?.delete(held)
    if (others?.size === 0) this.#byJob.delete(job)
    if (this.#byJob.size === 0) this.#headers.clear()
  }

  #end(all: Iterable<Held>): void {
    for (const { end } of Array.from(all)) end('over')
  }

  #isHeld(held: Held): boolean {
    return this.#byJob.get(held.list.job)?.has(held) === true
  }

  /** Answers the requests for which the lists of this job are others now. */
  async #changed(job: string): Promise<void> {
    const { turns } = this.#options
    const changes = new Map<string, Changed>()
    // What follows their answers comes after the answers to all.
    const answered: (() => void)[] = []
    for (const held of Array.from(this.#byJob.get(job) ?? [])) {
      if (!this.#isHeld(held)) continue
      const change = changes.get(held.list.key) ?? { state: held.list.now(), bodies: new Map() }
      changes.set(held.list.key, change)
      const { state } = change
      if (state.kind === 'missing') continue
      if (state.kind === 'unknown') held.end('over')
      else if (!hasVersion(held.ifNoneMatch, state.etag)) {
        const { encoding } = held
        if (!change.bodies.has(encoding)) {
          change.bodies.set(encoding, await this.#sharedBody(state, encoding))
        }
        if (!this.#isHeld(held)) continue
        const body = change.bodies.get(encoding)
        if (body === undefined) held.end('over')
        else {
          held.settle()
          send(held, state, body)
          answered.push(() => held.end(state))
        }
      }
      if (turns.isOver) await turns.next()
    }
    for (const end of answered) {
      end()
      if (turns.isOver) await turns.next()
    }
  }

  /** The whole body of a list that is short; undefined for any other, which is made for each request alone. */
  async #sharedBody(
    { list }: Extract<ListState, { kind: 'ready' }>,
    encoding: Encoding | undefined,
  ): Promise<Buffer | undefined> {
    const { cache, turns } = this.#options
    const { chunks, compressor } = listBody(() => ['[', [list], ']'], cache).stream(encoding, turns)
    if (compressor !== undefined) return undefined
    const gathered: Buffer[] = []
    let length = 0
    for await (const chunk of chunks) {
      length += chunk.length
      if (length > maxSharedBytes) return undefined
      gathered.push(chunk)
    }
    return Buffer.concat(gathered)
  }
}

/** Sends an answer that is made already. */
function send(
  { c, headers, encoding }: Held,
  { etag }: Extract<ListState, { kind: 'ready' }>,
  body: Buffer,
): void {
  const { outgoing } = c.env
  outgoing.writeHead(200, {
    ...headers,
    'content-type': applicationJson,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache',
    vary: [headers['vary'], 'Accept-Encoding'].join(', '),
    etag,
    'content-length': String(body.length),
    ...(encoding !== undefined && { 'content-encoding': encoding }),
  })
  const isHead = c.req.method === 'HEAD'
  if (!isHead) c.get('sent').bytes = body.length
  outgoing.end(isHead ? undefined : body)
}
