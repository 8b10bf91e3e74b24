import type { BodyKind, BodyStore } from './bodies.js'
import type { GroupReader } from './blueprint.js'
import { activeEntry, droppedEntry, type EntryContext, sdEntry } from './entries.js'
import type { GroupSlot } from './group-slot.js'
import type { GroupState } from './group-state.js'
import type { PoolState } from './pool-state.js'

type States = readonly (readonly [GroupSlot, GroupState])[]

// Elements in one piece: a fraction of a millisecond to make.
const pieceLength = 64

/**
 * Lists of a pool as JSON, in pieces: each is some elements with commas between them, and none at its
 * ends. It is what the pool was when the list was asked for, however long reading takes.
 */
export class PoolLists {
  readonly #bodies: BodyStore
  readonly #pool: PoolState
  readonly #context: EntryContext
  readonly #keepDropped: number

  /** @param keepDropped how many dropped targets are shown; 0 for all */
  constructor(pool: PoolState, bodies: BodyStore, context: EntryContext, keepDropped: number) {
    this.#keepDropped = keepDropped
    this.#pool = pool
    this.#bodies = bodies
    this.#context = context
  }

  active(): Iterable<string> {
    return this.#list('active', (slot, state, reader) => {
      const shown = state.active.flatMap((target, i) => (target.isShownBy(slot) ? [i] : []))
      return pieces(shown, (i) => {
        const target = state.active[i]
        if (target === undefined) return ''
        return activeEntry(target, reader.discovered(state.activeAt[i] ?? 0), this.#context)
      })
    })
  }

  /** The dropped targets, as many of them as are to be kept. */
  dropped(): Iterable<string> {
    if (this.#keepDropped > 0) return this.#someDropped(this.#states())
    return this.#list('dropped', (_slot, state, reader) =>
      pieces(state.dropped, (at) => droppedEntry(reader.discovered(at), this.#context)),
    )
  }

  /** http_sd elements of the active targets with their final labels. */
  relabeled(): Iterable<string> {
    return this.#list('relabeled', (slot, state) =>
      pieces(
        state.active.filter((target) => target.isShownBy(slot)),
        (target) => sdEntry(target, this.#context),
      ),
    )
  }

  /** http_sd elements of everything that was discovered. */
  raw(): Iterable<string> {
    return this.#list('raw', (_slot, { group }, reader) =>
      pieces([...group.targets.keys()], (at) => sdEntry(reader.discovered(at), this.#context)),
    )
  }

  *#someDropped(states: States): Generator<string> {
    let left = this.#keepDropped
    for (const [, state] of states) {
      if (left <= 0) return
      const kept = state.dropped.slice(0, left)
      left -= kept.length
      const reader = this.#pool.blueprint.reader(state.group)
      yield* pieces(kept, (at) => droppedEntry(reader.discovered(at), this.#context))
    }
  }

  #list(
    kind: BodyKind,
    make: (slot: GroupSlot, state: GroupState, reader: GroupReader) => Iterable<string>,
  ): Iterable<string> {
    return joined(this.#bodies, kind, this.#context.poolError, this.#states(), (slot, state) =>
      make(slot, state, this.#pool.blueprint.reader(state.group)),
    )
  }

  #states(): States {
    return [...this.#pool.slots.values()].flatMap((slot) =>
      slot.state === undefined ? [] : [[slot, slot.state] as const],
    )
  }
}

function* joined(
  bodies: BodyStore,
  kind: BodyKind,
  stamp: string,
  states: States,
  make: (slot: GroupSlot, state: GroupState) => Iterable<string>,
): Generator<string> {
  for (const [slot, state] of states) {
    yield* bodies.pieces(slot, state, kind, stamp, () => make(slot, state))
  }
}

function* pieces<T>(items: readonly T[], format: (item: T) => string): Generator<string> {
  for (let at = 0; at < items.length; at += pieceLength) {
    yield items
      .slice(at, at + pieceLength)
      .map(format)
      .join(',')
  }
}
