import type { Entry } from './entry.js'
import type { Bounds } from './queue.js'

/**
 * The latest state of every alert that is still valid, the freshest last: what an Alertmanager is
 * told that was discovered only now, or that came back with an empty memory.
 */
export class CurrentAlerts {
  readonly #bounds: Bounds
  readonly #entries = new Map<string, Entry>()
  #characters = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  /** Remembers these; over the bounds, those that were sent longest ago are forgotten. */
  put(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#forget(entry.key)
      this.#entries.set(entry.key, entry)
      this.#characters += entry.json.length
    }
    for (const key of this.#entries.keys()) {
      const { alerts, characters } = this.#bounds
      if (this.#entries.size <= alerts && this.#characters <= characters) break
      this.#forget(key)
    }
  }

  /** Those that are valid now; the others are forgotten. */
  valid(now: number): readonly Entry[] {
    for (const { key, validUntil } of this.#entries.values()) {
      if (validUntil <= now) this.#forget(key)
    }
    return [...this.#entries.values()]
  }

  #forget(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#characters -= entry.json.length
  }
}
