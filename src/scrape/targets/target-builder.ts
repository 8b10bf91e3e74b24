import type { TargetGroup } from '../../discovery/groups/target-group.js'
import { type RelabelThread, RelabelWorkError } from '../../relabel/index.js'
import type { CompiledJob, GroupLabels, RelabelResult } from './compiled-job.js'
import type { GroupTargets } from './group-targets.js'
import { HttpSdLossCount, type HttpSdLosses } from './http-sd-losses.js'
import { Target, type TargetHolder } from './target.js'
import { TargetIndex } from './target-index.js'
import { type Steps, Wait, type WaitingSteps } from '../../waiting/turns.js'
import { clip } from '../clip.js'

// How many targets are made between two chances to stop for a while.
const stride = 32
// More steps of rules than this are a few milliseconds.
const stepsBetween = 200_000
/** Targets that rules take too long for may hold up a change of their pool for this long altogether. */
const maxBesideMs = 300_000
// One bad rule can fail every target: beyond this number failures are only counted.
const maxFaults = 50
const noFaults: ReadonlyMap<number, string> = new Map<number, string>()
// Sources and labels come from outside.
const maxFaultCharacters = 1024

/** Targets that could not be made: how many, and why the first of them could not. */
export class TargetFailures {
  readonly faults: string[] = []
  /** How long targets were waited for that rules take too long for; milliseconds. */
  besideMs = 0
  #count = 0

  get count(): number {
    return this.#count
  }

  add(index: number, group: TargetGroup, fault: string): void {
    this.#count += 1
    if (this.#count > maxFaults) return
    const source = clip(group.source, maxFaultCharacters)
    const shown = clip(fault, maxFaultCharacters)
    this.faults.push(`instance ${String(index)} in group ${source}: ${shown}`)
  }
}

/** What became of a group that was replaced. */
export interface Replaced {
  /** Its targets now; undefined where it is gone. */
  readonly targets: GroupTargets | undefined
  /** How many targets are new to the pool. */
  readonly created: number
  /** How many targets no group of the pool has any more. */
  readonly removed: number
}

/** Where targets are relabelled that rules take too long for, and a clock. */
export interface Beside {
  readonly thread: RelabelThread
  /** Seconds, from any fixed point. */
  readonly now: () => number
}

/** Makes the targets of a pool's groups, each only once where several groups have it. */
export class TargetBuilder {
  readonly #compiled: CompiledJob
  readonly #beside: Beside
  readonly #index = new TargetIndex()
  readonly #losses = new HttpSdLossCount()
  #builds = 0

  constructor(compiled: CompiledJob, beside: Beside) {
    this.#compiled = compiled
    this.#beside = beside
  }

  /** Of how many of the targets http_sd cannot say every label. */
  get losses(): HttpSdLosses {
    return this.#losses
  }

  /**
   * Makes the targets of a group, and lets go of those it had before. May stop at every `yield`.
   * @param holder what the targets take for their group
   * @param group undefined where the group is gone
   * @param failures takes the targets that cannot be made
   */
  *replace(
    holder: TargetHolder,
    before: GroupTargets | undefined,
    group: TargetGroup | undefined,
    failures: TargetFailures,
  ): WaitingSteps<Replaced> {
    this.#builds += 1
    const built = group && (yield* this.#build(holder, group, failures))
    const removed = before === undefined ? 0 : yield* this.#release(holder, before)
    return { targets: built?.targets, created: built?.created ?? 0, removed }
  }

  *#build(
    holder: TargetHolder,
    discovered: TargetGroup,
    failures: TargetFailures,
  ): WaitingSteps<{ readonly targets: GroupTargets; readonly created: number }> {
    const build = this.#builds
    const compiled = this.#compiled
    const labels = compiled.labelsOf(discovered)
    const active: Target[] = []
    const activeAt: number[] = []
    const dropped: number[] = []
    let created = 0
    let heavyFaults: Map<number, string> | undefined
    let steps = 0
    for (let at = 0; at < discovered.targets.length; at += 1) {
      if (at % stride === stride - 1 || steps > stepsBetween) {
        steps = 0
        yield
      }
      let result = labels.relabeled(at)
      steps += compiled.relabeler.work.done
      if (result.kind === 'heavy') {
        result = yield* this.#relabeledBeside(labels, at, failures)
        if (result.kind === 'failed') {
          heavyFaults ??= new Map()
          heavyFaults.set(at, clip(result.fault, maxFaultCharacters))
        }
      }
      if (result.kind === 'dropped') dropped.push(at)
      else if (result.kind === 'failed') failures.add(at, discovered, result.fault)
      else if (result.kind === 'active') {
        const { list, values } = result.labels
        const target = this.#index.obtain(result.instance, list, values, () => {
          created += 1
          this.#losses.add(list, 1)
          return new Target(list, values, holder)
        })
        target.addHolder(holder)
        if (target.lastBuild === build) continue
        target.lastBuild = build
        active.push(target)
        activeAt.push(at)
      }
    }
    // A list that has grown has room for more; a copy has not, and there may be very many small groups.
    const targets = {
      compiled,
      discovered,
      active: active.slice(),
      activeAt: activeAt.slice(),
      dropped,
      heavyFaults: heavyFaults ?? noFaults,
    }
    return { targets, created }
  }

  /** Waits for a target that is relabelled elsewhere, unless too many had to be waited for. */
  *#relabeledBeside(
    labels: GroupLabels,
    at: number,
    failures: TargetFailures,
  ): WaitingSteps<RelabelResult> {
    if (failures.besideMs > maxBesideMs) {
      const fault = new RelabelWorkError('the rules take too long for too many targets').message
      return { kind: 'failed', fault }
    }
    const { thread, now } = this.#beside
    const stop = new AbortController()
    const started = now()
    let result: RelabelResult = { kind: 'heavy' }
    const done = labels.relabeledBeside(at, thread, stop.signal).then((one) => {
      result = one
    })
    try {
      yield new Wait(done)
    } finally {
      stop.abort()
    }
    failures.besideMs += (now() - started) * 1000
    return result
  }

  /**
   * Takes the group from the targets that its newest build does not have.
   * @returns how many targets no group has any more
   */
  *#release(holder: TargetHolder, before: GroupTargets): Steps<number> {
    let removed = 0
    for (let i = 0; i < before.active.length; i += 1) {
      if (i % (stride * 4) === stride - 1) yield
      const target = before.active[i]
      if (target === undefined || target.lastBuild === this.#builds) continue
      if (!target.removeHolder(holder)) continue
      this.#index.remove(target.value('instance'), target)
      this.#losses.add(target.list, -1)
      removed += 1
    }
    return removed
  }
}
