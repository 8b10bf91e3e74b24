import type { Counter } from 'prom-client'
import type { Nic } from './resources.js'

interface Kept {
  readonly nic: Nic
  readonly until: number
}

const mostNics = 5000

/**
 * NICs that had to be asked for one by one, and are not asked for again in each poll: for ten intervals, and up to
 * three more at random, so that they are not all asked for at a time.
 */
export class KeptNics {
  readonly #nics = new Map<string, Kept>()
  readonly #hits: Pick<Counter, 'inc'>
  readonly #intervalMs: number
  readonly #random: () => number
  readonly #now: () => number

  /** @param now milliseconds from any fixed point */
  constructor(options: {
    readonly hits: Pick<Counter, 'inc'>
    readonly intervalMs: number
    readonly random: () => number
    readonly now: () => number
  }) {
    this.#hits = options.hits
    this.#intervalMs = options.intervalMs
    this.#random = options.random
    this.#now = options.now
  }

  /** A NIC that is kept; undefined where it has to be asked for. */
  get(key: string): Nic | undefined {
    const kept = this.#nics.get(key)
    if (kept === undefined) return undefined
    if (this.#now() < kept.until) {
      this.#hits.inc()
      return kept.nic
    }
    this.#nics.delete(key)
    return undefined
  }

  set(key: string, nic: Nic): void {
    const [oldest] = this.#nics.keys()
    if (this.#nics.size >= mostNics && oldest !== undefined) this.#nics.delete(oldest)
    this.#nics.set(key, {
      nic,
      until: this.#now() + this.#intervalMs * (10 + 3 * this.#random()),
    })
  }
}
