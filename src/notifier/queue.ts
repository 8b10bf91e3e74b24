import { type CompletedAlert, isExpired } from './completed-alert.js'
import type { DropReason } from './drop-reason.js'

/** How much a queue, or one request, holds at most. */
export interface AlertLimits {
  /** Alerts. */
  readonly alerts: number
  /** Characters of their JSON. */
  readonly characters: number
}

/** An alert in the queue of one Alertmanager, or on its way from there. */
export interface QueuedAlert {
  readonly alert: CompletedAlert
  /** It was delivered before, to an Alertmanager that may have forgotten it: giving it up is no loss. */
  readonly isRepeat: boolean
  /** A post of nothing else failed: it may be the one at fault, and waits for all others. */
  readonly isPostponed: boolean
}

/** Counts what happens in a queue. */
export interface QueueCounts {
  /** These will never be delivered. */
  dropped(alerts: readonly CompletedAlert[], reason: DropReason): void
  /** This many gave way to a newer state of themselves. */
  superseded(count: number): void
  /** The queue is this much longer, or shorter. */
  resized(by: number): void
}

/**
 * What one Alertmanager has yet to get, oldest first, each alert once: a newer state takes the place of
 * the older one. Whatever is added leaves exactly once: taken, dropped or superseded.
 */
export class AlertQueue {
  readonly #limits: AlertLimits
  readonly #counts: QueueCounts
  #queued = new Map<string, QueuedAlert>()
  #characters = 0
  /** Nothing expires before this: spares a search. */
  #nextExpiry = Infinity

  constructor(limits: AlertLimits, counts: QueueCounts) {
    this.#limits = limits
    this.#counts = counts
  }

  get size(): number {
    return this.#queued.size
  }

  /**
   * Adds alerts, the newest last. Over the limits, the oldest go.
   * @param now Unix milliseconds
   */
  add(alerts: readonly CompletedAlert[], now: number): void {
    const before = this.size
    const older: QueuedAlert[] = []
    for (const alert of alerts) {
      const same = this.#queued.get(alert.key)
      if (same !== undefined) {
        this.#characters -= same.alert.json.length
        older.push(same)
      }
      this.#put({ alert, isRepeat: false, isPostponed: false })
    }
    this.#settle(before, older, now)
  }

  /** Puts alerts that came earlier to the front, unless they have a newer state here. */
  addOlder(alerts: readonly CompletedAlert[], now: number): void {
    this.putBack(
      alerts.map((alert) => ({ alert, isRepeat: false, isPostponed: false })),
      now,
    )
  }

  /** Puts alerts that were delivered before to the front, unless they have a newer state here. */
  addRepeats(alerts: readonly CompletedAlert[], now: number): void {
    this.putBack(
      alerts.map((alert) => ({ alert, isRepeat: true, isPostponed: false })),
      now,
    )
  }

  /**
   * Takes the oldest alerts that are still valid, as many as fit one request, but one at least. Those that
   * were postponed come when there are no others, each by itself.
   */
  take(limit: AlertLimits, now: number): readonly QueuedAlert[] {
    this.#expire(now)
    const batch: QueuedAlert[] = []
    let characters = 0
    for (const queued of this.#queued.values()) {
      if (queued.isPostponed) continue
      characters += queued.alert.json.length
      const fits = batch.length < limit.alerts && characters <= limit.characters
      if (!fits && batch.length > 0) break
      batch.push(queued)
    }
    const [oldest] = this.#queued.values()
    if (batch.length === 0 && oldest !== undefined) batch.push(oldest)
    this.#remove(batch)
    return batch
  }

  /** Puts an alert that was taken and not delivered behind all others, unless it has a newer state here. */
  postpone(queued: QueuedAlert, now: number): void {
    const before = this.size
    const isOld = this.#queued.has(queued.alert.key)
    if (!isOld) this.#put({ ...queued, isPostponed: true })
    this.#settle(before, isOld ? [queued] : [], now)
  }

  /**
   * Puts a batch that was taken and not delivered back to the front. Those that have a newer state here
   * by now stay out.
   */
  putBack(batch: readonly QueuedAlert[], now: number): void {
    const newer = this.#queued
    this.#queued = new Map()
    const older: QueuedAlert[] = []
    for (const queued of batch) {
      if (newer.has(queued.alert.key)) {
        older.push(queued)
        continue
      }
      // Rules may have made one alert of two.
      const same = this.#queued.get(queued.alert.key)
      if (same !== undefined) {
        this.#characters -= same.alert.json.length
        older.push(same)
      }
      this.#put(queued)
    }
    for (const [key, queued] of newer) this.#queued.set(key, queued)
    this.#settle(newer.size, older, now)
  }

  /** Gives up everything. */
  clear(reason: DropReason): void {
    this.#drop([...this.#queued.values()], reason)
  }

  #put(queued: QueuedAlert): void {
    const { key, json, validUntil } = queued.alert
    this.#queued.set(key, queued)
    this.#characters += json.length
    this.#nextExpiry = Math.min(this.#nextExpiry, validUntil)
  }

  #settle(sizeBefore: number, older: readonly QueuedAlert[], now: number): void {
    this.#counts.resized(this.size - sizeBefore)
    const superseded = newOf(older).length
    if (superseded > 0) this.#counts.superseded(superseded)
    if (this.#isOver(this.size, this.#characters)) this.#expire(now)
    if (this.#isOver(this.size, this.#characters)) this.#dropOldest()
  }

  #isOver(alerts: number, characters: number): boolean {
    return alerts > this.#limits.alerts || characters > this.#limits.characters
  }

  #dropOldest(): void {
    const oldest: QueuedAlert[] = []
    let { size } = this
    let characters = this.#characters
    for (const queued of this.#queued.values()) {
      if (!this.#isOver(size, characters)) break
      oldest.push(queued)
      size -= 1
      characters -= queued.alert.json.length
    }
    this.#drop(oldest, 'queue_full')
  }

  #expire(now: number): void {
    if (now < this.#nextExpiry) return
    const expired: QueuedAlert[] = []
    this.#nextExpiry = Infinity
    for (const queued of this.#queued.values()) {
      if (isExpired(queued.alert, now)) expired.push(queued)
      else this.#nextExpiry = Math.min(this.#nextExpiry, queued.alert.validUntil)
    }
    this.#drop(expired, 'expired')
  }

  #drop(batch: readonly QueuedAlert[], reason: DropReason): void {
    this.#remove(batch)
    const dropped = newOf(batch)
    if (dropped.length > 0) this.#counts.dropped(dropped, reason)
  }

  #remove(batch: readonly QueuedAlert[]): void {
    if (batch.length === 0) return
    for (const { alert } of batch) {
      this.#queued.delete(alert.key)
      this.#characters -= alert.json.length
    }
    this.#counts.resized(-batch.length)
  }
}

/** Those that are not repeats: repeats were delivered already, and are neither dropped nor superseded. */
export function newOf(batch: readonly QueuedAlert[]): readonly CompletedAlert[] {
  return batch.flatMap(({ alert, isRepeat }) => (isRepeat ? [] : [alert]))
}
