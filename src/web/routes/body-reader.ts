import type { WebContext } from '../context.js'
import { tookBody } from '../server/served-connections.js'

/**
 * Why a body was not read to its end: it is longer than one may be; all together are, and it has to wait;
 * it was in the way of others, and came slower than they; hardly any of it came.
 */
export type BodyFault = 'too long' | 'too many' | 'displaced' | 'too slow'

export interface BodyReaderOptions {
  /** The longest body, in bytes. */
  readonly maxBytes: number
  /** The most bytes of all bodies together that are being read or worked on. */
  readonly maxHeldBytes: number
  /** Milliseconds, from any fixed point, never back. */
  readonly now?: () => number
}

/** Bytes a second that a body must have on average. */
const minPerSecond = 1024

/** Milliseconds that it may be behind that. */
const maxBehindMs = 30_000

/** Milliseconds that a body may be behind before another takes its place. */
const displacedMs = 1000

/** Milliseconds that a body waits for the place of another, and from one look to the next. */
const waitMs = 1000
const lookMs = 50

/** A body on its way. */
interface Reading {
  readonly startedAt: number
  length: number
  /** When it is too slow if nothing comes until then. */
  dueAt: number
  end: (fault: BodyFault) => void
}

/**
 * Reads the bodies of requests, each of a bounded length, and all of them together too.
 *
 * A body must come at a kilobyte a second, and may pause for half a minute. Where there is no room for
 * what comes, the one that is furthest behind gives way; where none is, after a second, the one that has
 * held most for longest, unless that is no longer than the new one. So those that stop before
 * their end lock out none.
 */
export class BodyReader {
  readonly #maxBytes: number
  readonly #maxHeldBytes: number
  readonly #now: () => number
  readonly #readings = new Set<Reading>()
  #held = 0

  constructor({ maxBytes, maxHeldBytes, now = () => performance.now() }: BodyReaderOptions) {
    this.#maxBytes = maxBytes
    this.#maxHeldBytes = maxHeldBytes
    this.#now = now
  }

  /**
   * Reads a body as text and works on it. It counts as held until the work is done.
   * @returns what the work gives, or why there was none: the rest of the body is not read then
   * @throws when the connection breaks, and what the work throws
   */
  async use<T>(c: WebContext, work: (body: string) => Promise<T>): Promise<T | BodyFault> {
    if (Number(c.req.header('Content-Length') ?? 0) > this.#maxBytes) return 'too long'
    const read = await this.#read(c)
    if (typeof read === 'string') return read
    try {
      return await work(read.toString('utf8'))
    } finally {
      this.#held -= read.length
    }
  }

  /** The body, which is held then; or why it was not read. */
  async #read(c: WebContext): Promise<Buffer | BodyFault> {
    const startedAt = this.#now()
    let end = (_fault: BodyFault): void => {}
    const ended = new Promise<BodyFault>((resolve) => {
      end = resolve
    })
    const reading: Reading = { startedAt, length: 0, dueAt: startedAt + maxBehindMs, end }
    let timer: NodeJS.Timeout | undefined
    const watch = (): void => {
      const left = reading.dueAt - this.#now()
      if (left <= 0) this.#end(reading, 'too slow')
      else timer = setTimeout(watch, left)
    }
    watch()
    const chunks: Buffer[] = []
    this.#readings.add(reading)
    try {
      // The answer goes over this connection, too: leaving early must not break it.
      const body = c.env.incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
      for (;;) {
        const next = body.next()
        // It breaks with the connection, when it may not be waited for any more.
        next.catch(() => undefined)
        const got = await Promise.race([next, ended])
        if (typeof got === 'string') return got
        if (got.done === true) break
        c.env.incoming.emit(tookBody, got.value.length)
        const fault = await this.#hold(reading, got.value.length)
        if (fault !== undefined) return fault
        chunks.push(got.value)
      }
      this.#readings.delete(reading)
      return Buffer.concat(chunks.splice(0))
    } finally {
      clearTimeout(timer)
      // What has come to its end is held by its work from here on.
      if (this.#readings.has(reading)) this.#end(reading, 'too long')
    }
  }

  /** Takes note of what came, and makes room for it. @returns why there is none */
  async #hold(reading: Reading, bytes: number): Promise<BodyFault | undefined> {
    const now = this.#now()
    reading.length += bytes
    reading.dueAt = Math.min(now + maxBehindMs, reading.dueAt + (bytes / minPerSecond) * 1000)
    this.#held += bytes
    if (reading.length > this.#maxBytes) return 'too long'
    for (let waited = 0; this.#held > this.#maxHeldBytes; waited += lookMs) {
      const other = this.#slowest() ?? (waited < waitMs ? undefined : this.#heaviest(reading))
      if (other === reading) return 'too many'
      if (other !== undefined) this.#end(other, 'displaced')
      else {
        await new Promise((resolve) => setTimeout(resolve, lookMs))
        if (!this.#readings.has(reading)) return 'displaced'
        reading.dueAt += lookMs
      }
    }
    return undefined
  }

  /** Stops reading a body; what it holds is free. */
  #end(reading: Reading, fault: BodyFault): void {
    if (!this.#readings.delete(reading)) return
    this.#held -= reading.length
    reading.end(fault)
  }

  /** The body that is furthest behind, if one is by more than a moment. */
  #slowest(): Reading | undefined {
    const [slowest] = [...this.#readings].toSorted((a, b) => a.dueAt - b.dueAt)
    if (slowest === undefined) return undefined
    const behindMs = this.#now() + maxBehindMs - slowest.dueAt
    return behindMs > displacedMs ? slowest : undefined
  }

  /** The body that has held most for longest among those that are longer than this one; otherwise this one. */
  #heaviest(reading: Reading): Reading {
    const now = this.#now()
    const weight = ({ length, startedAt }: Reading): number => length * (now - startedAt)
    const longer = [...this.#readings].filter(({ length }) => length > reading.length)
    return longer.reduce((a, b) => (weight(b) > weight(a) ? b : a), longer[0] ?? reading)
  }
}
