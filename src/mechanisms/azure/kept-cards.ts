import type { Counter } from 'prom-client'
import type { Card } from './resources.js'

interface Kept {
  readonly card: Card
  readonly until: number
}

const mostCards = 5000

/**
 * Cards that had to be asked for one by one, and are not asked for again in each poll: for ten intervals, and up to
 * three more at random, so that they are not all asked for at a time.
 */
export class KeptCards {
  readonly #cards = new Map<string, Kept>()
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

  /** A card that is kept; undefined where it has to be asked for. */
  get(key: string): Card | undefined {
    const kept = this.#cards.get(key)
    if (kept === undefined) return undefined
    if (this.#now() < kept.until) {
      this.#hits.inc()
      return kept.card
    }
    this.#cards.delete(key)
    return undefined
  }

  set(key: string, card: Card): void {
    const [oldest] = this.#cards.keys()
    if (this.#cards.size >= mostCards && oldest !== undefined) this.#cards.delete(oldest)
    this.#cards.set(key, {
      card,
      until: this.#now() + this.#intervalMs * (10 + 3 * this.#random()),
    })
  }
}
