import type { Subscription } from 'rxjs'
import type { Labels } from '../../labels/index.js'
import type { TargetGroup } from '../groups/target-group.js'

/** What a set shows in place of a group. */
export interface HeldGroup {
  /** The truth, and the targets that are missing in it. */
  readonly shown: TargetGroup
  readonly truth: TargetGroup | undefined
  readonly missing: readonly Labels[]
}

/** A loss of one provider in one set that waits to be confirmed. */
export class HeldLoss {
  /** Milliseconds since 1970. */
  readonly since: number
  /** How many answers in a row said the same of what is missing. */
  answers = 0
  timer: Subscription | undefined
  readonly #groups = new Map<string, HeldGroup>()
  #missing = 0

  constructor(since: number) {
    this.since = since
  }

  /** By source. */
  get groups(): ReadonlyMap<string, HeldGroup> {
    return this.#groups
  }

  /** How many targets are there only because of it. */
  get missing(): number {
    return this.#missing
  }

  /** @param held undefined when nothing is missing in the source. @returns whether that is news */
  set(source: string, held: HeldGroup | undefined): boolean {
    const before = this.#groups.get(source)?.missing ?? []
    const now = held?.missing ?? []
    this.#missing += now.length - before.length
    if (held === undefined) this.#groups.delete(source)
    else this.#groups.set(source, held)
    return now.length !== before.length || now.some((target, i) => target !== before[i])
  }
}
