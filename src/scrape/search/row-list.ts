/** What becomes of a discovered target: it is active, a rule drops it, or it cannot be made. */
export const rowStates = ['active', 'dropped', 'failed'] as const

export type RowState = (typeof rowStates)[number]

/**
 * What is the matter with a target besides: the guard keeps it, or it is from before the start. An active
 * target may be both.
 */
export const rowMarks = ['held', 'restored'] as const

export type RowMark = (typeof rowMarks)[number]

/** How many targets there are of each state and mark. */
export type StateCounts = Readonly<Record<RowState | RowMark, number>>

const bits = { active: 1, dropped: 2, failed: 4, held: 8, restored: 16 } as const

/** A state as a number. */
export function stateOf(state: RowState): number {
  return bits[state]
}

/** Marks as a number. */
export function markOf(isHeld: boolean, isRestored: boolean): number {
  return (isHeld ? bits.held : 0) + (isRestored ? bits.restored : 0)
}

/** The state in a number, and the marks. */
export function statesIn(flags: number): {
  readonly state: RowState
  readonly isHeld: boolean
  readonly isRestored: boolean
} {
  const state = rowStates.find((one) => (flags & bits[one]) !== 0) ?? 'failed'
  return { state, isHeld: (flags & bits.held) !== 0, isRestored: (flags & bits.restored) !== 0 }
}

/** A mask for {@link RowList.filtered}; of no states it is that of all. */
export function maskOf(states: Iterable<RowState | RowMark>): number {
  let mask = 0
  for (const state of states) mask |= bits[state]
  return mask === 0 ? bits.active + bits.dropped + bits.failed : mask
}

const firstRoom = 1024

/** Numbers of targets in ascending order, each with its state: five bytes a target. */
export class RowList {
  #numbers = new Uint32Array(firstRoom)
  #flags = new Uint8Array(firstRoom)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Bytes that it takes. */
  get bytes(): number {
    return this.#numbers.byteLength + this.#flags.byteLength
  }

  add(number: number, flags: number): void {
    if (this.#size === this.#numbers.length) this.#grow()
    this.#numbers[this.#size] = number
    this.#flags[this.#size] = flags
    this.#size += 1
  }

  /** No more will be added: lets go of the room for more. */
  close(): void {
    this.#numbers = this.#numbers.slice(0, this.#size)
    this.#flags = this.#flags.slice(0, this.#size)
  }

  numberAt(index: number): number {
    return this.#numbers[index] ?? 0
  }

  flagsAt(index: number): number {
    return this.#flags[index] ?? 0
  }

  /** Where the first number stands that is not below this one, from an index on that is not behind it. */
  indexOf(number: number, from: number): number {
    let [low, high] = [from, this.#size]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#numbers[middle] ?? 0) < number) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Where in the list those stand that have one of the states. */
  filtered(mask: number): Uint32Array {
    const found = new Uint32Array(this.#size)
    let size = 0
    for (let i = 0; i < this.#size; i += 1) {
      if (((this.#flags[i] ?? 0) & mask) === 0) continue
      found[size] = i
      size += 1
    }
    return size === this.#size ? found : found.slice(0, size)
  }

  #grow(): void {
    const numbers = new Uint32Array(this.#numbers.length * 2)
    numbers.set(this.#numbers)
    this.#numbers = numbers
    const flags = new Uint8Array(this.#flags.length * 2)
    flags.set(this.#flags)
    this.#flags = flags
  }
}

/** Counts of states, to be added up. */
export class StateCounter {
  active = 0
  dropped = 0
  failed = 0
  held = 0
  restored = 0

  add(flags: number): void {
    if ((flags & bits.active) !== 0) this.active += 1
    else if ((flags & bits.dropped) !== 0) this.dropped += 1
    else this.failed += 1
    if ((flags & bits.held) !== 0) this.held += 1
    if ((flags & bits.restored) !== 0) this.restored += 1
  }

  /** How many there are altogether. */
  get total(): number {
    return this.active + this.dropped + this.failed
  }

  get counts(): StateCounts {
    const { active, dropped, failed, held, restored } = this
    return { active, dropped, failed, held, restored }
  }
}
