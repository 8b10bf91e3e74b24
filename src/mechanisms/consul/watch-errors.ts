import type { DiscovererContext, Finding } from '../../discovery/mechanism.js'
import type { LogFields } from '../../telemetry/index.js'
import type { WatchState } from './watch.js'

/**
 * Which watches of a discoverer fail, for its log and its provider's health. One outage hits a
 * thousand watches at once: it is logged as one error and reported as one failure for each try, the
 * rest at debug level.
 */
export class WatchErrors {
  readonly #context: DiscovererContext
  readonly #failing = new Set<string>()
  /** The next try of the failure that was reported last. */
  #reportedTry: number | undefined

  constructor(context: DiscovererContext) {
    this.#context = context
  }

  /** Whether no watch fails. */
  get isEmpty(): boolean {
    return this.#failing.size === 0
  }

  /**
   * Records the newest state of a watch.
   * @param message what is logged when it fails, in Prometheus' words
   * @returns what it means for the health of the whole
   */
  record(
    watch: string,
    state: WatchState<unknown>,
    message: string,
    fields: LogFields = {},
  ): Pick<Finding, 'trouble'> {
    if (state.kind === 'ok') {
      this.forget(watch)
      return this.isEmpty ? { trouble: null } : {}
    }
    const { error, nextTry } = state
    // Watches that wait for the same next try suffer from one and the same outage.
    const isNew = this.isEmpty || nextTry !== this.#reportedTry
    this.#failing.add(watch)
    this.#reportedTry = nextTry
    const line = { ...fields, err: error }
    if (!isNew) {
      this.#context.logger.debug(message, line)
      return {}
    }
    this.#context.logger.error(message, line)
    return { trouble: { error, nextTry } }
  }

  /** A watch ended: its error is over. */
  forget(watch: string): void {
    this.#failing.delete(watch)
    if (this.isEmpty) this.#reportedTry = undefined
  }
}
