import { type Observable, Subject } from 'rxjs'
import { batchParts } from '../groups/batch-parts.js'
import { checkingGroups } from '../groups/check-groups.js'
import { type GroupChanges, GroupStore } from '../groups/group-store.js'
import type { TargetGroup } from '../groups/target-group.js'
import type { Steps } from '../../waiting/task-queue.js'

/** What a batch of groups came to, or a part of it; no changes are an outcome too. */
export interface BatchOutcome {
  readonly changes: GroupChanges
  /** Nothing of the batch is still to come. */
  readonly isLast: boolean
  /** It, or a part before it, has changes. */
  readonly hasChanged: boolean
}

/** The groups of one provider: what is known of them, and how surely. */
export class ProviderGroups {
  /** Emits whenever nothing is left of an earlier run. */
  readonly live: Observable<void>
  readonly #live = new Subject<void>()
  readonly #store = new GroupStore()
  readonly #takesParts: boolean
  #staleSince: number | undefined
  /** Something could not be asked for: what an answer does not name may still be there. */
  #isPartial = false
  /** Groups from before, which the answers since a partial first one have not named. */
  #unconfirmed: Set<string> = new Set()

  /** @param takesParts whether a large batch may become known in parts */
  constructor(takesParts: boolean) {
    this.#takesParts = takesParts
    this.live = this.#live.asObservable()
  }

  get all(): ReadonlyMap<string, TargetGroup> {
    return this.#store.groups
  }

  /** The number of targets over all groups. */
  get targets(): number {
    return this.#store.targets
  }

  /** From when groups of an earlier run are; undefined when there are none. */
  get staleSince(): number | undefined {
    return this.#staleSince
  }

  /** Takes groups of an earlier run. @param asOf when they were good; milliseconds since 1970 */
  restore(groups: readonly TargetGroup[], asOf: number): void {
    this.#store.take(groups, groups)
    this.#staleSince = asOf
  }

  /** Groups of an earlier run are too old. */
  expire(): BatchOutcome {
    this.#staleSince = undefined
    return whole(this.#store.take([], []))
  }

  /** A discoverer begins anew: its first batch names all groups, unless it says otherwise. */
  begin(): void {
    this.#isPartial = false
  }

  /** What comes now does not name everything. */
  expectPartial(): void {
    this.#isPartial = true
  }

  /**
   * Takes a batch, in parts where it is large.
   * @param tell what came of each part
   * @throws {InvalidGroupsError} when something is wrong with the batch; nothing changes then
   */
  *take(
    batch: readonly TargetGroup[],
    isFirst: boolean,
    tell: (outcome: BatchOutcome) => void,
  ): Steps {
    const all = yield* checkingGroups(batch)
    const parts = this.#takesParts ? batchParts(all) : [all]
    const hadGroups = this.#store.groups.size > 0
    let hasChanged = false
    for (const [i, part] of parts.entries()) {
      const isLast = i === parts.length - 1
      const isWhole = isLast && isFirst && hadGroups && !this.#isPartial
      const changes = this.#store.take(part, isWhole ? all : undefined)
      hasChanged ||= changes.size > 0
      if (isLast) this.#settle(all, isFirst)
      tell({ changes, isLast, hasChanged })
      yield
    }
  }

  /** All is well: what no batch has named by now is gone. */
  confirm(): BatchOutcome {
    this.#isPartial = false
    const changes = this.#store.drop(this.#unconfirmed)
    this.#unconfirmed = new Set()
    return whole(changes)
  }

  /** Once everything is confirmed, nothing is left of an earlier run. */
  settleRestored(): void {
    if (this.#unconfirmed.size > 0) return
    this.#staleSince = undefined
    this.#live.next()
  }

  #settle(all: readonly TargetGroup[], isFirst: boolean): void {
    if (isFirst) this.#unconfirmed = new Set(this.#isPartial ? this.#store.groups.keys() : [])
    if (this.#unconfirmed.size > 0) {
      for (const { source } of all) this.#unconfirmed.delete(source)
    }
    this.settleRestored()
  }
}

function whole(changes: GroupChanges): BatchOutcome {
  return { changes, isLast: true, hasChanged: changes.size > 0 }
}
