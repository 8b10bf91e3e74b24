import { type Observable, Subject, type Subscription } from 'rxjs'
import type { TargetEvent } from '../../discovery/target-event.js'
import { entriesOf, type EventEntry } from './entry.js'

/** A line of the log and its place: numbers count up from 1 and are never used twice. */
export interface NumberedEntry {
  readonly id: number
  readonly entry: EventEntry
}

/** The latest events of target sets, so many and no more; the oldest go first. */
export class EventLog {
  /** Every line as it is written, in order; completes when all that is followed has ended. */
  readonly written: Observable<NumberedEntry>
  readonly #written = new Subject<NumberedEntry>()
  readonly #capacity: number
  /** A ring: the entry with the number `id` is at `id` modulo the capacity. */
  readonly #ring: (EventEntry | undefined)[] = []
  #lastId = 0
  #followed = 0

  constructor(capacity: number = 10_000) {
    this.#capacity = capacity
    this.written = this.#written.asObservable()
  }

  /** The number of the last line; 0 before the first. */
  get lastId(): number {
    return this.#lastId
  }

  /** Writes down what a manager says, until it ends or the subscription does. */
  follow(manager: string, events: Observable<TargetEvent>): Subscription {
    this.#followed += 1
    return events.subscribe({
      next: (event) => {
        for (const entry of entriesOf(manager, event)) this.#write(entry)
      },
      complete: () => {
        this.#followed -= 1
        if (this.#followed === 0) this.#written.complete()
      },
    })
  }

  /** The lines after one, the oldest first. */
  *after(id: number): Generator<NumberedEntry> {
    const first = Math.max(id, this.#lastId - this.#capacity) + 1
    for (let at = first; at <= this.#lastId; at += 1) {
      const entry = this.#ring[at % this.#capacity]
      if (entry !== undefined) yield { id: at, entry }
    }
  }

  #write(entry: EventEntry): void {
    this.#lastId += 1
    this.#ring[this.#lastId % this.#capacity] = entry
    this.#written.next({ id: this.#lastId, entry })
  }
}
