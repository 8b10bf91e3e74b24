import type { LogFields } from '../../telemetry/index.js'
import type { DiscovererContext } from '../mechanism.js'
import type { Watched } from './follow.js'

/**
 * Keeps account of which watches of a discoverer fail, for its log and its provider's health. One
 * outage hits a thousand watches at once: it is logged as one error and reported as one failure for
 * each try, the rest at debug level.
 */
export class Troubles {
  readonly #context: DiscovererContext
  readonly #failing = new Set<string>()
  #logged: string | undefined
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
    const isFirst = this.#failing.size === 0
    this.#failing.add(watch)
    const line = { ...fields, err: error }
    if (error.message === this.#logged) this.#context.logger.debug(message, line)
    else this.#context.logger.error(message, line)
    this.#logged = error.message
    if (isFirst || nextTry !== this.#reported) this.#context.reportError(error, nextTry)
    this.#reported = nextTry
  }

  /** A watch ended: what was wrong with it is no trouble any more. */
  forget(watch: string): void {
    this.#failing.delete(watch)
    if (this.#failing.size > 0) return
    this.#logged = undefined
    this.#reported = undefined
  }
}
