import { type CompletedAlert, isExpired } from './completed-alert.js'
import type { AlertLimits } from './queue.js'

/**
 * The latest state of every alert that is still valid, the freshest last: what is sent to an
 * Alertmanager that was just discovered, or that came back with an empty memory.
 */
export class CurrentAlerts {
  readonly #limits: AlertLimits
  readonly #alerts = new Map<string, CompletedAlert>()
  #characters = 0

  constructor(limits: AlertLimits) {
    this.#limits = limits
  }

  /** Remembers these; over the limits, those that were sent longest ago are forgotten. */
  put(alerts: readonly CompletedAlert[]): void {
    for (const alert of alerts) {
      this.#forget(alert.key)
      this.#alerts.set(alert.key, alert)
      this.#characters += alert.json.length
    }
    for (const key of this.#alerts.keys()) {
      const { alerts: most, characters } = this.#limits
      if (this.#alerts.size <= most && this.#characters <= characters) break
      this.#forget(key)
    }
  }

  /**
   * Those that are valid now; the others are forgotten.
   * @param now Unix milliseconds
   */
  valid(now: number): readonly CompletedAlert[] {
    for (const alert of this.#alerts.values()) if (isExpired(alert, now)) this.#forget(alert.key)
    return [...this.#alerts.values()]
  }

  #forget(key: string): void {
    const alert = this.#alerts.get(key)
    if (alert === undefined) return
    this.#alerts.delete(key)
    this.#characters -= alert.json.length
  }
}
