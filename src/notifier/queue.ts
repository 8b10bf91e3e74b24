import type { Entry } from './entry.js'
import type { LossReason } from './loss.js'

/** How much a queue, or one request, holds at most. */
export interface Bounds {
  /** Alerts. */
  readonly alerts: number
  /** Characters of the alerts written out. */
  readonly characters: number
}

/** What a queue says of what happens in it. */
export interface QueueEvents {
  /** So many alerts will never be told. */
  lost(count: number, reason: LossReason): void
  /** So many gave way to a newer state of themselves. */
  superseded(count: number): void
  /** The queue is so much longer, or shorter. */
  resized(by: number): void
}

/**
 * What one Alertmanager has not been told, oldest first, one entry an alert: a newer state takes the
 * place of the older one. Whatever is added leaves exactly once: taken, lost or superseded.
 */
export class AlertQueue {
  readonly #bounds: Bounds
  readonly #events: QueueEvents
  #entries = new Map<string, Entry>()
  #characters = 0
  /** No entry expires before this: spares a search. */
  #nextExpiry = Infinity

  constructor(bounds: Bounds, events: QueueEvents) {
    this.#bounds = bounds
    this.#events = events
  }

  get size(): number {
    return this.#entries.size
  }

  /**
   * Adds alerts, the newest last. Over the bounds, the oldest go.
   * @param now Unix milliseconds
   */
  add(entries: readonly Entry[], now: number): void {
    const before = this.size
    const older: Entry[] = []
    for (const entry of entries) {
      const same = this.#entries.get(entry.key)
      if (same !== undefined) {
        this.#characters -= same.json.length
        older.push(same)
      }
      this.#put(entry)
    }
    this.#settle(before, older, now)
  }

  /**
   * Takes the oldest alerts that are still valid, as many as fit one request, but one at least. Those that
   * were postponed come when there are no others, each by itself.
   */
  take(limit: Bounds, now: number): readonly Entry[] {
    this.#expire(now)
    const batch: Entry[] = []
    let characters = 0
    for (const entry of this.#entries.values()) {
      if (entry.alone === true) continue
      characters += entry.json.length
      const fits = batch.length < limit.alerts && characters <= limit.characters
      if (!fits && batch.length > 0) break
      batch.push(entry)
    }
    const [oldest] = this.#entries.values()
    if (batch.length === 0 && oldest !== undefined) batch.push(oldest)
    this.#remove(batch)
    return batch
  }

  /** Puts an alert that was taken and not told behind all others, unless it has a newer state here. */
  postpone(entry: Entry, now: number): void {
    const sizeBefore = this.size
    const isOld = this.#entries.has(entry.key)
    if (!isOld) this.#put({ ...entry, alone: true })
    this.#settle(sizeBefore, isOld ? [entry] : [], now)
  }

  /**
   * Puts alerts to the front: a batch that was taken and not told, or repeats. Those that have a
   * newer state here by now stay out.
   */
  putBack(batch: readonly Entry[], now: number): void {
    const newer = this.#entries
    this.#entries = new Map()
    const older: Entry[] = []
    for (const entry of batch) {
      if (newer.has(entry.key)) older.push(entry)
      else this.#put(entry)
    }
    for (const [key, entry] of newer) this.#entries.set(key, entry)
    this.#settle(newer.size, older, now)
  }

  /** Gives up everything. */
  clear(reason: LossReason): void {
    this.#lose([...this.#entries.values()], reason)
  }

  #put(entry: Entry): void {
    this.#entries.set(entry.key, entry)
    this.#characters += entry.json.length
    this.#nextExpiry = Math.min(this.#nextExpiry, entry.validUntil)
  }

  #settle(sizeBefore: number, older: readonly Entry[], now: number): void {
    this.#events.resized(this.size - sizeBefore)
    const superseded = countReal(older)
    if (superseded > 0) this.#events.superseded(superseded)
    if (this.#isOver(this.size, this.#characters)) this.#expire(now)
    if (this.#isOver(this.size, this.#characters)) this.#dropOldest()
  }

  #isOver(alerts: number, characters: number): boolean {
    return alerts > this.#bounds.alerts || characters > this.#bounds.characters
  }

  #dropOldest(): void {
    const oldest: Entry[] = []
    let { size } = this
    let characters = this.#characters
    for (const entry of this.#entries.values()) {
      if (!this.#isOver(size, characters)) break
      oldest.push(entry)
      size -= 1
      characters -= entry.json.length
    }
    this.#lose(oldest, 'queue_full')
  }

  #expire(now: number): void {
    if (now < this.#nextExpiry) return
    const expired: Entry[] = []
    this.#nextExpiry = Infinity
    for (const entry of this.#entries.values()) {
      if (entry.validUntil <= now) expired.push(entry)
      else this.#nextExpiry = Math.min(this.#nextExpiry, entry.validUntil)
    }
    this.#lose(expired, 'expired')
  }

  #lose(entries: readonly Entry[], reason: LossReason): void {
    this.#remove(entries)
    const lost = countReal(entries)
    if (lost > 0) this.#events.lost(lost, reason)
  }

  #remove(entries: readonly Entry[]): void {
    if (entries.length === 0) return
    for (const entry of entries) {
      this.#entries.delete(entry.key)
      this.#characters -= entry.json.length
    }
    this.#events.resized(-entries.length)
  }
}

/** Repeats are told already: they are neither lost nor superseded. */
export function countReal(entries: readonly Entry[]): number {
  return entries.reduce((count, entry) => (entry.repeat === true ? count : count + 1), 0)
}
