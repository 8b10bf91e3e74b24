import type { Turns } from '../../../waiting/turns.js'
import type { Change } from '../cluster.js'
import type { Meta } from '../objects.js'
import { Store } from './store.js'

/** How many changes are emitted at a time; the event loop may turn in between. */
const changesAtOnce = 256

/** Takes the objects that a list consists of, one by one; what they change shows when all are there. */
export interface Reading<O> {
  take(object: O): void
  /** One that was taken is gone again. */
  drop(object: O): void
  /** All are there. Puts the store right, and gives what that changes, in parts that are true by then. */
  finish(turns: Turns, signal: AbortSignal): AsyncIterable<readonly Change<O>[]>
  /** There will not be all. */
  abandon(): void
}

/** The first list: no one looks at the store before it is complete. */
export class FirstReading<O extends Meta> implements Reading<O> {
  readonly #store: Store<O>

  constructor(store: Store<O>) {
    this.#store = store
  }

  take(object: O): void {
    this.#store.set(object)
  }

  drop({ namespace, name }: O): void {
    this.#store.delete(namespace, name)
  }

  async *finish(): AsyncGenerator<never, void, undefined> {}

  abandon(): void {
    this.#store.clear()
  }
}

/** A list when there are objects already. Only what differs from these is kept of it. */
export class LaterReading<O extends Meta> implements Reading<O> {
  readonly #store: Store<O>
  readonly #changed = new Store<O>()
  /** The objects of the store that are listed as they are. */
  readonly #same = new Set<O>()

  constructor(store: Store<O>) {
    this.#store = store
  }

  take(object: O): void {
    const { namespace, name } = object
    const known = this.#store.find(namespace, name)
    if (known !== undefined && isSame(known, object)) {
      this.#same.add(known)
      this.#changed.delete(namespace, name)
    } else this.#changed.set(object)
  }

  drop({ namespace, name }: O): void {
    const known = this.#store.find(namespace, name)
    if (known !== undefined) this.#same.delete(known)
    this.#changed.delete(namespace, name)
  }

  async *finish(
    turns: Turns,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Change<O>[], void, undefined> {
    let changes: Change<O>[] = []
    for (const change of this.#apply()) {
      changes.push(change)
      if (changes.length < changesAtOnce) continue
      yield changes
      changes = []
      if (turns.isOver) await turns.next()
      signal.throwIfAborted()
    }
    if (changes.length > 0) yield changes
  }

  abandon(): void {
    this.#changed.clear()
    this.#same.clear()
  }

  *#apply(): Generator<Change<O>, void, undefined> {
    for (const object of this.#changed.values()) {
      const before = this.#store.set(object)
      this.#same.add(object)
      yield changeOf(object, before)
    }
    for (const object of this.#store.values()) {
      if (this.#same.has(object)) continue
      this.#store.delete(object.namespace, object.name)
      yield { type: 'deleted', object }
    }
  }
}

/** Whether an object is as it was: every write gives it another version. */
export function isSame(one: Meta, other: Meta): boolean {
  return one.resourceVersion === other.resourceVersion && one.uid === other.uid
}

/** What it means that an object is in the store now, where another was or none. */
export function changeOf<O>(object: O, before: O | undefined): Change<O> {
  return before === undefined ? { type: 'added', object } : { type: 'modified', object, before }
}
