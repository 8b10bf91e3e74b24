import type { TargetGroup } from '../discovery/groups/target-group.js'
import type { GroupKey } from '../discovery/updates.js'
import type { Blueprint } from './blueprint.js'
import { GroupBlocks } from './group-blocks.js'
import { GroupSlot } from './group-slot.js'
import type { GroupState, PoolCounts } from './group-state.js'
import type { ListPart } from './list-part.js'
import type { SlotChange } from './pool-watch.js'
import { Target } from './target.js'
import { TargetIndex } from './target-index.js'

/** Who hears of what happens in a pool. */
export interface PoolListener {
  /** A target could not be made, and why. */
  failed(fault: string): void
  /** Has more to do about it before the next group is worked in. */
  changed?(change: SlotChange): Generator<void> | undefined
}

interface Built {
  readonly state: GroupState
  /** How many of its targets are new to the pool. */
  readonly created: number
}

// So many targets are made between two chances to stop for a while.
const stride = 32

/**
 * All groups of a job and the targets they came to. A change is worked in as a generator, which may
 * be left standing at any `yield`: readers see a group as it was until its new state is complete.
 */
export class PoolState {
  readonly blueprint: Blueprint
  readonly #slots: Map<GroupKey, GroupSlot> = new Map()
  readonly #blocks = new GroupBlocks()
  readonly #index = new TargetIndex()
  readonly #counts: PoolCounts = { active: 0, dropped: 0, groups: 0 }
  readonly #listener: PoolListener
  #builds = 0
  #version = 0

  constructor(blueprint: Blueprint, listener: PoolListener) {
    this.blueprint = blueprint
    this.#listener = listener
  }

  get counts(): Readonly<PoolCounts> {
    return this.#counts
  }

  /** Another number whenever something else is shown. */
  get version(): number {
    return this.#version
  }

  get slots(): ReadonlyMap<GroupKey, GroupSlot> {
    return this.#slots
  }

  /** What the lists are made of, as it is now. */
  parts(): readonly ListPart[] {
    return this.#blocks.parts()
  }

  /** The groups as discovery gave them. */
  *groups(): Generator<readonly [GroupKey, TargetGroup]> {
    for (const [key, { state }] of this.#slots) if (state !== undefined) yield [key, state.group]
  }

  /** Works in the changed groups, one after the other; only what they hold is looked at. */
  *apply(changed: Iterable<readonly [GroupKey, TargetGroup | undefined]>): Generator<void> {
    for (const [key, group] of changed) {
      yield* this.#replace(key, group)
      yield
    }
    yield* this.#blocks.cut()
  }

  *#replace(key: GroupKey, group: TargetGroup | undefined): Generator<void> {
    const known = this.#slots.get(key)
    if (known === undefined && group === undefined) return
    const slot = known ?? new GroupSlot()
    const before = slot.state
    this.#builds += 1
    const next = group && (yield* this.#build(slot, group))
    const gone = before === undefined ? 0 : yield* this.#release(slot, before)
    // From here to the end nothing is left standing: readers see all of it or nothing.
    const counts = this.#counts
    counts.active += (next?.created ?? 0) - gone
    counts.dropped += (next?.state.dropped.length ?? 0) - (before?.dropped.length ?? 0)
    this.#blocks.show(slot, next?.state)
    if (next === undefined) this.#slots.delete(key)
    else this.#slots.set(key, slot)
    counts.groups = this.#slots.size
    this.#version += 1
    const after = next?.state
    const more = this.#listener.changed?.({ within: this, key, slot, before, after })
    if (more !== undefined) yield* more
  }

  /** Makes the targets of a group, and makes the group one of their holders. */
  *#build(slot: GroupSlot, group: TargetGroup): Generator<void, Built> {
    const build = this.#builds
    const reader = this.blueprint.reader(group)
    const active: Target[] = []
    const activeAt: number[] = []
    const dropped: number[] = []
    let created = 0
    for (let at = 0; at < group.targets.length; at += 1) {
      if (at % stride === stride - 1) yield
      const outcome = reader.outcome(at)
      if (outcome.kind === 'dropped') dropped.push(at)
      else if (outcome.kind === 'failed') {
        this.#listener.failed(`instance ${String(at)} in group ${group.source}: ${outcome.fault}`)
      } else {
        const { list, values } = outcome.labels
        const target = this.#index.obtain(outcome.instance, list, values, () => {
          created += 1
          return new Target(list, values, slot)
        })
        target.hold(slot)
        if (target.mark === build) continue
        target.mark = build
        active.push(target)
        activeAt.push(at)
      }
    }
    return { state: { group, active, activeAt, dropped }, created }
  }

  /**
   * Takes the group from the targets that its new state, just built, does not have.
   * @returns how many targets are gone altogether
   */
  *#release(slot: GroupSlot, before: GroupState): Generator<void, number> {
    let gone = 0
    for (let i = 0; i < before.active.length; i += 1) {
      if (i % (stride * 4) === stride - 1) yield
      const target = before.active[i]
      if (target === undefined || target.mark === this.#builds || !target.release(slot)) continue
      this.#index.remove(target.value('instance'), target)
      gone += 1
    }
    return gone
  }
}
