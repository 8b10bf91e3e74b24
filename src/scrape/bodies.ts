import type { GroupSlot } from './group-slot.js'
import type { GroupState } from './group-state.js'

/** What a list is made of. */
export type BodyKind = 'active' | 'dropped' | 'relabeled' | 'raw'

interface Body {
  /** What it was made of: another stamp, another body. */
  readonly stamp: string
  readonly pieces: readonly string[]
  readonly size: number
}

/**
 * The JSON of groups that did not change since it was made. It takes up to a number of characters
 * and then nothing more: where all groups together are larger, a fixed part of them stays.
 */
export class BodyStore {
  readonly #bodies: WeakMap<GroupSlot, Map<BodyKind, Body>> = new WeakMap()
  readonly #max: number
  #size = 0

  constructor(maxCharacters: number) {
    this.#max = maxCharacters
  }

  /** The pieces of a group's list, made anew where the group or the stamp is another. */
  *pieces(
    slot: GroupSlot,
    state: GroupState,
    kind: BodyKind,
    stamp: string,
    make: () => Iterable<string>,
  ): Generator<string> {
    const full = `${String(slot.version)} ${stamp}`
    const known = slot.state === state ? this.#bodies.get(slot)?.get(kind) : undefined
    if (known?.stamp === full) {
      yield* known.pieces
      return
    }
    const pieces: string[] = []
    let size = 0
    for (const piece of make()) {
      size += piece.length
      if (size <= this.#room(slot, kind)) pieces.push(piece)
      yield piece
    }
    const isCurrent = slot.state === state && `${String(slot.version)} ${stamp}` === full
    if (isCurrent && size <= this.#room(slot, kind))
      this.#put(slot, kind, { stamp: full, pieces, size })
  }

  /** Frees what is held for a slot. */
  forget(slot: GroupSlot): void {
    for (const { size } of this.#bodies.get(slot)?.values() ?? []) this.#size -= size
    this.#bodies.delete(slot)
  }

  #room(slot: GroupSlot, kind: BodyKind): number {
    return this.#max - this.#size + (this.#bodies.get(slot)?.get(kind)?.size ?? 0)
  }

  #put(slot: GroupSlot, kind: BodyKind, body: Body): void {
    const kinds = this.#bodies.get(slot) ?? new Map<BodyKind, Body>()
    this.#bodies.set(slot, kinds)
    this.#size += body.size - (kinds.get(kind)?.size ?? 0)
    kinds.set(kind, body)
  }
}
