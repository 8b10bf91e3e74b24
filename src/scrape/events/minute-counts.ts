import type { EventKind } from './event.js'

const minuteMs = 60_000

/** How many targets came and went in one minute. */
export interface MinuteCount {
  /** When the minute began; milliseconds since 1970. */
  readonly at: number
  readonly added: number
  readonly removed: number
}

/** How many targets came and went in each of the last minutes, the events that are not kept included. */
export class MinuteCounts {
  readonly #minutes: number
  #counts: { at: number; added: number; removed: number }[] = []

  /** @param minutes how many are remembered */
  constructor(minutes: number) {
    this.#minutes = minutes
  }

  /** @param now milliseconds since 1970 */
  add(kind: EventKind, count: number, now: number): void {
    const key = kind === 'added' ? 'added' : kind === 'removed' ? 'removed' : undefined
    if (key === undefined) return
    const at = Math.floor(now / minuteMs) * minuteMs
    const last = this.#counts.at(-1)
    if (last?.at === at) last[key] += count
    else {
      this.#counts.push({ at, added: 0, removed: 0, [key]: count })
      if (this.#counts.length > this.#minutes) this.#counts.shift()
    }
  }

  /** The last minutes, those without any change included, the oldest first. */
  all(now: number): readonly MinuteCount[] {
    const last = Math.floor(now / minuteMs) * minuteMs
    return Array.from({ length: this.#minutes }, (_, i) => {
      const at = last - (this.#minutes - 1 - i) * minuteMs
      return this.#counts.findLast((one) => one.at === at) ?? { at, added: 0, removed: 0 }
    })
  }
}
