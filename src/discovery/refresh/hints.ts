import { defer, type Observable, of, Subject, take } from 'rxjs'
import { type BackOff, backOffDelay } from '../../waiting/back-off.js'
import { loop } from '../../waiting/loop.js'
import { sleep } from '../../waiting/sleep.js'
import type { DiscovererContext } from '../mechanism.js'
import { RefreshError } from './poll-once.js'

/**
 * Opens a stream of hints that something has changed; each is for the next poll. A stream that ends or fails
 * is opened again after a while. Resolves with undefined where there is nothing to watch.
 */
export type Watch<H> = (signal: AbortSignal) => Promise<AsyncIterable<H> | undefined>

/** More than these are not worth naming: everything is asked then. */
const mostHints = 1000

const watchBackOff: BackOff = { firstMs: 1000, maxMs: 60_000 }

/** The hints since the last poll, and the watch that gives them. */
export class Hints<H> {
  readonly #watch: Watch<H>
  readonly #context: DiscovererContext
  readonly #arrivals = new Subject<void>()
  #pending: H[] = []
  #isTooMany = false

  constructor(watch: Watch<H>, context: DiscovererContext) {
    this.#watch = watch
    this.#context = context
  }

  /** Emits once and completes when there is a hint; at once when there is one already. */
  readonly some: Observable<unknown> = defer(() =>
    this.#pending.length > 0 ? of(undefined) : this.#arrivals.pipe(take(1)),
  )

  /** Adds a hint that comes from elsewhere. */
  add(hint: H): void {
    if (this.#pending.length >= mostHints) this.#isTooMany = true
    else this.#pending.push(hint)
    this.#arrivals.next()
  }

  /** Takes the hints there are. @returns undefined where there are too many, or none */
  take(): readonly H[] | undefined {
    const taken = this.#isTooMany || this.#pending.length === 0 ? undefined : this.#pending
    this.#pending = []
    this.#isTooMany = false
    return taken
  }

  /**
   * Watches for as long as it is subscribed to, and emits nothing. A failure is logged once, until a watch
   * has lasted for longer than the longest wait between two tries.
   */
  follow(): Observable<never> {
    const { scheduler, logger, random } = this.#context
    return loop<never>(async (_, signal) => {
      for (let failures = 0; ; ) {
        const start = scheduler.now()
        const error = await this.#watchOnce(signal)
        if (error === undefined || signal.aborted) return
        const hasLasted = scheduler.now() - start > watchBackOff.maxMs
        failures = hasLasted ? 1 : failures + 1
        const message = 'Unable to watch for changes, polling goes on'
        if (failures === 1) logger.warn(message, { err: error })
        else logger.debug(message, { err: error })
        await sleep(backOffDelay(failures, error, random, watchBackOff), scheduler, signal)
      }
    })
  }

  /** @returns why it is over; undefined where there is nothing to watch */
  async #watchOnce(signal: AbortSignal): Promise<unknown> {
    try {
      const hints = await this.#watch(signal)
      if (hints === undefined) return undefined
      for await (const hint of hints) {
        if (signal.aborted) break
        this.add(hint)
      }
      return new RefreshError('the server has ended the stream of changes')
    } catch (error) {
      return error ?? new RefreshError('the watch failed')
    }
  }
}
