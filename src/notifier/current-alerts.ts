import { type CompletedAlert, isExpired } from './completed-alert.js'
import type { DropReason } from './drop-reason.js'
import type { AlertLimits } from './queue.js'

/** Called with alerts that are forgotten before any Alertmanager had them in its queue. */
export type Unsent = (alerts: readonly CompletedAlert[], reason: DropReason) => void

/**
 * The latest state of every alert that is still valid, the freshest last: what is sent to an
 * Alertmanager that was just discovered, or that came back with an empty memory.
 */
export class CurrentAlerts {
  readonly #limits: AlertLimits
  readonly #unsent: Unsent
  readonly #alerts = new Map<string, CompletedAlert>()
  /** Those that came while there was no Alertmanager, and none has come since. */
  readonly #unclaimed = new Set<CompletedAlert>()
  #characters = 0

  constructor(limits: AlertLimits, unsent: Unsent) {
    this.#limits = limits
    this.#unsent = unsent
  }

  /**
   * Remembers these; over the limits, those that were sent longest ago are forgotten.
   * @param isClaimed whether there is an Alertmanager that gets them
   */
  put(alerts: readonly CompletedAlert[], isClaimed: boolean): void {
    for (const alert of alerts) {
      this.#forget(alert.key)
      this.#alerts.set(alert.key, alert)
      this.#characters += alert.json.length
      if (!isClaimed) this.#unclaimed.add(alert)
    }
    const lost: CompletedAlert[] = []
    for (const [key, alert] of this.#alerts) {
      const { alerts: most, characters } = this.#limits
      if (this.#alerts.size <= most && this.#characters <= characters) break
      if (this.#forget(key)) lost.push(alert)
    }
    if (lost.length > 0) this.#unsent(lost, 'queue_full')
  }

  /** An Alertmanager is about to get all of them. */
  claim(): void {
    this.#unclaimed.clear()
  }

  /** Whether it has a state of the alert. */
  knows({ key }: CompletedAlert): boolean {
    return this.#alerts.has(key)
  }

  /** Whether it is the latest state of its alert. */
  has(alert: CompletedAlert): boolean {
    return this.#alerts.get(alert.key) === alert
  }

  /**
   * Those that are valid now; the others are forgotten.
   * @param now Unix milliseconds
   */
  valid(now: number): readonly CompletedAlert[] {
    const lost: CompletedAlert[] = []
    for (const alert of this.#alerts.values()) {
      if (isExpired(alert, now) && this.#forget(alert.key)) lost.push(alert)
    }
    if (lost.length > 0) this.#unsent(lost, 'expired')
    return [...this.#alerts.values()]
  }

  /** Gives up those that no Alertmanager had in its queue. @param now Unix milliseconds */
  end(now: number): void {
    this.valid(now)
    if (this.#unclaimed.size > 0) this.#unsent([...this.#unclaimed], 'no_alertmanager')
    this.#unclaimed.clear()
  }

  /** @returns whether no Alertmanager had it in its queue */
  #forget(key: string): boolean {
    const alert = this.#alerts.get(key)
    if (alert === undefined) return false
    this.#alerts.delete(key)
    this.#characters -= alert.json.length
    return this.#unclaimed.delete(alert)
  }
}
