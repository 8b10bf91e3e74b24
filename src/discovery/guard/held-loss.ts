import type { Subscription } from 'rxjs'
import type { Labels } from '../../labels/index.js'
import type { TargetGroup } from '../groups/target-group.js'

/** What a set shows in place of a group. */
export interface Held {
  /** The truth, and the targets that are missing in it. */
  readonly shown: TargetGroup
  readonly truth: TargetGroup | undefined
  readonly missing: readonly Labels[]
}

/** A loss of one provider in one set that waits to be confirmed. */
export class Trip {
  /** Milliseconds since 1970. */
  readonly since: number
  /** So many answers in a row said the same of what is missing. */
  answers = 0
  timer: Subscription | undefined
  readonly #held = new Map<string, Held>()
  #missing = 0

  constructor(since: number) {
    this.since = since
  }

  /** By source. */
  get held(): ReadonlyMap<string, Held> {
    return this.#held
  }

  /** How many targets are there only because of it. */
  get missing(): number {
    return this.#missing
  }

  /** @param held undefined when nothing is missing in the source. @returns whether that is news */
  set(source: string, held: Held | undefined): boolean {
    const before = this.#held.get(source)?.missing ?? []
    const now = held?.missing ?? []
    this.#missing += now.length - before.length
    if (held === undefined) this.#held.delete(source)
    else this.#held.set(source, held)
    return now.length !== before.length || now.some((target, i) => target !== before[i])
  }
}
