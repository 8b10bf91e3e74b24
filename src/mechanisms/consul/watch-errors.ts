import type { LogFields } from '../../telemetry/index.js'
import type { DiscovererContext } from '../../discovery/mechanism.js'
import type { Watched } from './follow.js'

/**
 * Keeps account of which watches of a discoverer fail, for its log and its provider's health. One
 * outage hits a thousand watches at once: it is logged as one error and reported as one failure for
 * each try, the rest at debug level.
 */
export class Troubles {
  readonly #context: DiscovererContext
  readonly #failing = new Set<string>()
  #reported: number | undefined

  constructor(context: DiscovererContext) {
    this.#context = context
  }

  /**
   * Takes the newest state of a watch.
   * @param message what is logged when it failed, in Prometheus' words
   */
  note(watch: string, watched: Watched<unknown>, message: string, fields: LogFields = {}): void {
    const { error, nextTry } = watched
    if (error === undefined) {
      this.forget(watch)
      if (this.#failing.size === 0) this.#context.reportHealthy()
      return
    }
    // Watches that wait for the same next try suffer from one and the same trouble.
    const isNews = this.#failing.size === 0 || nextTry !== this.#reported
    this.#failing.add(watch)
    this.#reported = nextTry
    const line = { ...fields, err: error }
    if (!isNews) {
      this.#context.logger.debug(message, line)
      return
    }
    this.#context.logger.error(message, line)
    this.#context.reportError(error, nextTry)
  }

  /** A watch ended: what was wrong with it is no trouble any more. */
  forget(watch: string): void {
    this.#failing.delete(watch)
    if (this.#failing.size === 0) this.#reported = undefined
  }
}
