import type { TargetGroup } from '../discovery/groups/target-group.js'
import type { GroupKey } from '../discovery/updates.js'
import { GroupBlocks } from './lists/group-blocks.js'
import type { ListPart } from './lists/list-part.js'
import { PoolGroup } from './pool-group.js'
import type { PoolGroups, PoolObserver } from './pool-observer.js'
import type { CompiledJob } from './targets/compiled-job.js'
import type { HttpSdLosses } from './targets/http-sd-losses.js'
import { type Beside, TargetBuilder, TargetFailures } from './targets/target-builder.js'
import type { WaitingSteps } from '../waiting/turns.js'

/** What the groups of a pool add up to. */
interface PoolCounts {
  /** Different active targets. */
  active: number
  dropped: number
}

/** The changes of an update: groups as they are now, undefined where they are gone. */
export type UpdateChanges = Iterable<readonly [GroupKey, TargetGroup | undefined]>

/**
 * All groups of a pool and their targets, made by one version of the job. A change is taken as a
 * generator, which may stop at any `yield`: readers see a group as it was until its new targets are
 * complete.
 */
export class PoolState {
  readonly compiled: CompiledJob
  readonly #groups: Map<GroupKey, PoolGroup> = new Map()
  readonly #blocks = new GroupBlocks()
  readonly #builder: TargetBuilder
  readonly #counts: PoolCounts = { active: 0, dropped: 0 }
  #version = 0

  constructor(compiled: CompiledJob, beside: Beside) {
    this.compiled = compiled
    this.#builder = new TargetBuilder(compiled, beside)
  }

  get counts(): Readonly<PoolCounts> {
    return this.#counts
  }

  get losses(): HttpSdLosses {
    return this.#builder.losses
  }

  /** Another number whenever something else is shown. */
  get version(): number {
    return this.#version
  }

  get groups(): PoolGroups {
    return this.#groups
  }

  /** What the lists are made of, as it is now. */
  parts(): readonly ListPart[] {
    return this.#blocks.parts()
  }

  /**
   * Takes changes of groups, one after the other; only what they hold is looked at.
   * @param observer is given each change that is complete
   * @returns the targets that could not be made
   */
  *apply(
    changes: UpdateChanges,
    observer?: Pick<PoolObserver, 'changed'>,
  ): WaitingSteps<TargetFailures> {
    const failures = new TargetFailures()
    for (const [key, group] of changes) {
      yield* this.#replace(key, group, failures, observer)
      yield
    }
    yield* this.#blocks.cut()
    return failures
  }

  *#replace(
    key: GroupKey,
    discovered: TargetGroup | undefined,
    failures: TargetFailures,
    observer: Pick<PoolObserver, 'changed'> | undefined,
  ): WaitingSteps {
    const known = this.#groups.get(key)
    if (known === undefined && discovered === undefined) return
    const group = known ?? new PoolGroup(key)
    const before = group.targets
    const replaced = yield* this.#builder.replace(group, before, discovered, failures)
    const { targets: after, created, removed } = replaced
    // From here to the end nothing is left standing: readers see all of it or nothing.
    const counts = this.#counts
    counts.active += created - removed
    counts.dropped += (after?.dropped.length ?? 0) - (before?.dropped.length ?? 0)
    this.#blocks.show(group, after)
    if (after === undefined) this.#groups.delete(key)
    else this.#groups.set(key, group)
    this.#version += 1
    if (observer !== undefined) yield* observer.changed({ key, group, before, after })
  }
}
