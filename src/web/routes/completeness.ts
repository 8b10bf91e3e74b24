import type { PoolView, WebSources } from '../sources.js'

/** How long an incomplete list is held back, in milliseconds, from when it was first asked for. */
const maxHoldMs = 120_000

/**
 * Tells when a job's list is complete: every provider of the job has answered once, or has its groups of
 * an earlier run, and the pool shows them.
 *
 * Every list is looked at by itself: other jobs, and whatever goes on in them, are no part of it.
 *
 * A consumer of the list keeps the targets it has on an error, and drops those that are missing from
 * an answer. A daemon that has just started must not look like one that lost its targets. What is still
 * missing after two minutes is given up, so that one dead provider does not silence the others.
 */
export class Completeness {
  readonly #sources: Pick<WebSources, 'discovery' | 'isSettled'>
  readonly #now: () => number
  readonly #complete: WeakSet<PoolView> = new WeakSet()
  readonly #firstAsked: WeakMap<PoolView, number> = new WeakMap()

  /** @param now milliseconds, from any fixed point */
  constructor(sources: Pick<WebSources, 'discovery' | 'isSettled'>, now: () => number) {
    this.#sources = sources
    this.#now = now
  }

  /** What a pool's list still lacks; undefined once nothing is missing or it was waited for long enough. */
  missing(pool: PoolView): string | undefined {
    const missing = this.#missing(pool)
    if (missing === undefined) {
      this.#complete.add(pool)
      this.#firstAsked.delete(pool)
      return undefined
    }
    const now = this.#now()
    const since = this.#firstAsked.get(pool) ?? now
    this.#firstAsked.set(pool, since)
    return now - since < maxHoldMs ? missing : undefined
  }

  #missing(pool: PoolView): string | undefined {
    const silent = this.#sources.discovery.scrape
      .providers()
      // One that could not even be built will not answer soon.
      .filter(({ sets, state }) => sets.includes(pool.name) && state !== 'failed')
      .filter(({ lastSuccess, staleSince }) => (lastSuccess ?? staleSince) === undefined)
    if (silent.length > 0) return `no answer yet from ${silent.map(({ name }) => name).join(', ')}`
    // Once complete, a list is never behind by more than the changes that are being applied.
    if (this.#complete.has(pool) || this.#sources.isSettled(pool.name)) return undefined
    return 'the first targets are being relabeled'
  }
}
