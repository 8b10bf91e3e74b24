import type { DiscovererContext, Finding } from '../../discovery/mechanism.js'
import type { LogFields } from '../../telemetry/index.js'
import type { Watched } from './follow.js'

/**
 * Which watches of a discoverer fail, for its log and its provider's health. One outage hits a
 * thousand watches at once: it is logged as one error and reported as one failure for each try, the
 * rest at debug level.
 */
export class WatchErrors {
  readonly #context: DiscovererContext
  readonly #failing = new Set<string>()
  #reported: number | undefined

  constructor(context: DiscovererContext) {
    this.#context = context
  }

  /** Whether no watch fails. */
  get isEmpty(): boolean {
    return this.#failing.size === 0
  }

  /**
   * Takes the newest state of a watch.
   * @param message what is logged when it failed, in Prometheus' words
   * @returns what it says about the health of the whole
   */
  note(
    watch: string,
    { error, nextTry }: Watched<unknown>,
    message: string,
    fields: LogFields = {},
  ): Pick<Finding, 'trouble'> {
    if (error === undefined) {
      this.forget(watch)
      return this.isEmpty ? { trouble: null } : {}
    }
    // Watches that wait for the same next try suffer from one and the same outage.
    const isNew = this.isEmpty || nextTry !== this.#reported
    this.#failing.add(watch)
    this.#reported = nextTry
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
    if (this.isEmpty) this.#reported = undefined
  }
}
