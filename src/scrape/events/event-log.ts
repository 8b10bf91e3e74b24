import type { Counter } from 'prom-client'
import { Observable, Subject } from 'rxjs'
import { type EventEntry, type EventFacts, eventJson } from './event.js'
import { MinuteCounts, type MinuteCount } from './minute-counts.js'
import { type EventFilter, matches } from './event-filter.js'

/** Which part of the log is wanted. */
export interface EventRange {
  /** The first events after this one; left out: the last ones there are. */
  readonly after?: number
  /** Only events before this one. */
  readonly before?: number
  readonly limit: number
}

export interface EventLogOptions {
  /** How many events are kept. */
  readonly capacity: number
  /** How much text they may be together; 8 Mi characters unless said otherwise. */
  readonly maxCharacters?: number
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Counts events by kind; one about several targets counts as that many. */
  readonly total?: Counter<'kind'>
}

const countedMinutes = 10

/** The latest events: a bounded number, of bounded size. */
export class EventLog {
  readonly #options: EventLogOptions
  readonly #entries: EventEntry[] = []
  readonly #added = new Subject<EventEntry>()
  readonly #minutes = new MinuteCounts(countedMinutes)
  #start = 0
  #characters = 0
  #lastId = 0
  #firstId = 0

  constructor(options: EventLogOptions) {
    this.#options = options
  }

  add(facts: EventFacts): void {
    const { now, total, capacity, maxCharacters = 8 * 2 ** 20 } = this.#options
    const at = now()
    // Ids of a later run are larger, unless the clock was set back: a client that comes again with the
    // last one it saw gets what is new.
    this.#lastId = this.#lastId === 0 ? at * 1000 : this.#lastId + 1
    if (this.#firstId === 0) this.#firstId = this.#lastId
    const { kind, manager, set, provider, cause } = facts
    const entry = {
      id: this.#lastId,
      facts: { kind, manager, set, provider, cause },
      json: eventJson(this.#lastId, at, facts),
    }
    this.#entries.push(entry)
    this.#characters += entry.json.length
    while (this.size > capacity || (this.#characters > maxCharacters && this.size > 1)) this.#drop()
    total?.inc({ kind }, facts.count ?? 1)
    if (manager === 'scrape') this.#minutes.add(kind, facts.count ?? 1, at)
    this.#added.next(entry)
  }

  /** How many events are kept. */
  get size(): number {
    return this.#entries.length - this.#start
  }

  /** The id of the last event; 0 before the first. */
  get lastId(): number {
    return this.#lastId
  }

  /** How many targets of jobs came and went in each of the last ten minutes. @param now milliseconds since 1970 */
  minutes(now: number): readonly MinuteCount[] {
    return this.#minutes.all(now)
  }

  /** The kept events that a filter lets through, the oldest first. */
  page(filter: EventFilter, { after, before = Infinity, limit }: EventRange): EventEntry[] {
    const page: EventEntry[] = []
    const all = this.#entries.slice(this.#start)
    const kept = after === undefined ? all.toReversed() : all
    const start = after === undefined ? -1 : this.#known(after)
    for (const entry of kept) {
      if (page.length === limit) break
      if (entry.id > start && entry.id < before && matches(entry, filter)) page.push(entry)
    }
    return after === undefined ? page.toReversed() : page
  }

  /**
   * The kept events after one, the oldest first, and then every event as it comes; only new ones where
   * `after` is left out. Completes when the log is closed.
   */
  follow(after: number = this.#lastId): Observable<EventEntry> {
    return new Observable((subscriber) => {
      const start = this.#known(after)
      for (const entry of this.#entries.slice(this.#start)) {
        if (entry.id > start) subscriber.next(entry)
      }
      return this.#added.subscribe(subscriber)
    })
  }

  /** How many events after this one are not kept any more. */
  lostSince(after: number): number {
    const oldest = this.#entries[this.#start]
    if (oldest === undefined) return 0
    return Math.max(0, oldest.id - Math.max(this.#known(after) + 1, this.#firstId))
  }

  /** Ends every stream of events; what is kept can still be read. */
  close(): void {
    this.#added.complete()
  }

  /** An id beyond the last is of a run before the clock was set back: all of this one is new. */
  #known(id: number): number {
    return id > this.#lastId ? 0 : id
  }

  #drop(): void {
    this.#characters -= this.#entries[this.#start]?.json.length ?? 0
    this.#start += 1
    // Moving the rest is put off until it costs little for each event.
    if (this.#start * 2 < this.#entries.length) return
    this.#entries.splice(0, this.#start)
    this.#start = 0
  }
}
