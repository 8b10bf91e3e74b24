/** What is known of one reader of one list. */
export interface Reader {
  /** The job whose list it reads. */
  readonly job: string
  /** Which of the outputs: `http_sd`, or another. */
  readonly output: string
  /** Names the list with its form: versions of one list can be compared. */
  readonly list: string
  readonly address: string
  readonly userAgent: string
  /** When it was first and last answered; milliseconds since 1970. */
  readonly firstAt: number
  readonly lastAt: number
  /** The version that it has, as far as is known: the one it was given last, or said that it has. */
  readonly version: string
  /** The version that the list has now; undefined where it cannot be given. */
  readonly current: () => string | undefined
  readonly requests: number
  /** How often it says that it asks, in milliseconds (`X-Prometheus-Refresh-Interval-Seconds`); undefined where it does not say. */
  readonly intervalMs: number | undefined
  /** How it asks: again and again, held until something changes, or by a stream that is open. */
  readonly way: 'poll' | 'wait' | 'stream'
}

/** One answer to a reader. */
export type Served = Pick<
  Reader,
  'job' | 'output' | 'list' | 'address' | 'userAgent' | 'version' | 'current' | 'intervalMs' | 'way'
>

export interface ReadersOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** This many are remembered; the one that last asked the longest ago goes first. */
  readonly max?: number
}

/** Longer names of consumers are cut. */
const maxUserAgent = 200

/** Remembers who reads which list, and which version each of them has. */
export class Readers {
  readonly #now: () => number
  readonly #max: number
  /** The one that last asked the longest ago comes first. */
  readonly #readers: Map<string, Reader> = new Map()

  constructor({ now, max = 10_000 }: ReadersOptions) {
    this.#now = now
    this.#max = max
  }

  served(answer: Served): void {
    const at = this.#now()
    const { list, address } = answer
    const userAgent = answer.userAgent.slice(0, maxUserAgent)
    const key = JSON.stringify([list, address, userAgent])
    const known = this.#readers.get(key)
    this.#readers.delete(key)
    this.#readers.set(key, {
      ...answer,
      userAgent,
      firstAt: known?.firstAt ?? at,
      lastAt: at,
      requests: (known?.requests ?? 0) + 1,
    })
    const [oldest] = this.#readers.keys()
    if (this.#readers.size > this.#max && oldest !== undefined) this.#readers.delete(oldest)
  }

  /** All that are remembered, those that asked last come last. */
  all(): readonly Reader[] {
    return [...this.#readers.values()]
  }
}
