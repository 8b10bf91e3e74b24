import { countBelow } from '../../go/sort-search.js'
import { LabelSizeError, RelabelWorkError } from '../../relabel/index.js'
import type { GroupRange, ListPart } from '../lists/list-part.js'
import type { ScrapeJob } from '../job.js'
import type { GroupTargets } from '../targets/group-targets.js'
import type { Target } from '../targets/target.js'

/** A pool, as far as it is searched. */
export interface SearchedPool {
  readonly name: string
  /** Another text whenever something else would be found. */
  readonly version: string
  /** The version of the job that made the targets there are. */
  readonly jobOfTargets: ScrapeJob
  /** Why every target of the pool fails; empty when none does. */
  readonly error: string
  /** What the lists are made of, as it is now. */
  parts(): readonly ListPart[]
}

/** A discovered target in a pool. */
export interface Row {
  readonly pool: SearchedPool
  readonly range: GroupRange
  /** Where the target stands in its group. */
  readonly at: number
}

/** Some targets of one group in a row of numbers. */
interface Span {
  readonly pool: SearchedPool
  readonly part: ListPart
  /** The number of its first target. */
  readonly start: number
}

/**
 * All discovered targets of some pools at one moment, numbered: pool by pool, in the order of their lists.
 * Numbers hold for as long as the pools have these versions.
 */
export class Rows {
  readonly spans: readonly Span[]
  /** How many there are. */
  readonly size: number
  #last = 0

  constructor(pools: readonly SearchedPool[]) {
    const spans: Span[] = []
    let start = 0
    for (const pool of pools) {
      for (const part of pool.parts()) {
        spans.push({ pool, part, start })
        for (const { from, to } of part.ranges) start += to - from
      }
    }
    this.spans = spans
    this.size = start
  }

  /** The target of a number; cheapest where numbers are asked for in order. */
  at(number: number): Row {
    const { pool, part, start } = this.#spanOf(number)
    let left = number - start
    for (const range of part.ranges) {
      const length = range.to - range.from
      if (left < length) return { pool, range, at: range.from + left }
      left -= length
    }
    throw new RangeError(`no target has the number ${String(number)}`)
  }

  #spanOf(number: number): Span {
    const { spans } = this
    const isIn = (index: number): boolean =>
      (spans[index]?.start ?? Infinity) <= number && number < (spans[index + 1]?.start ?? this.size)
    if (!isIn(this.#last)) {
      let low = 0
      let high = spans.length
      while (low < high) {
        const middle = (low + high) >> 1
        if ((spans[middle]?.start ?? 0) <= number) low = middle + 1
        else high = middle
      }
      this.#last = low - 1
    }
    const span = spans[this.#last]
    if (span === undefined) throw new RangeError(`no target has the number ${String(number)}`)
    return span
  }
}

/** The active target of a row; undefined where it is no active one. */
export function activeOf({ range: { targets }, at }: Row): Target | undefined {
  const index = countBelow(targets.activeAt, at)
  return targets.activeAt[index] === at ? targets.active[index] : undefined
}

/** Whether the rules drop the target of a row. */
export function isDropped({ range: { targets }, at }: Row): boolean {
  return targets.dropped[countBelow(targets.dropped, at)] === at
}

/** Why no target can be made of a row; undefined where one can. */
export function faultOf({ range: { targets }, at }: Row): string | undefined {
  const heavy = targets.heavyFaults.get(at)
  if (heavy !== undefined) return heavy
  const result = targets.compiled.labelsOf(targets.discovered).relabeled(at)
  return result.kind === 'failed' ? result.fault : undefined
}

/** Facts of groups that take time to find out; they go with the targets they are about. */
export class GroupFacts {
  readonly #failed: WeakMap<GroupTargets, readonly number[]> = new WeakMap()
  readonly #rules: WeakMap<GroupTargets, Uint16Array> = new WeakMap()

  /** Which rule drops the target of a row, from 1; undefined where none does, or it takes too long. */
  ruleOf(row: Row): number | undefined {
    const { targets } = row.range
    const index = countBelow(targets.dropped, row.at)
    if (targets.dropped[index] !== row.at) return undefined
    const rules = this.#rules.get(targets)
    if (rules !== undefined) return rules[index] || undefined
    const labels = targets.compiled.labelsOf(targets.discovered)
    return ruleNumber(() => labels.droppedBy(row.at)) || undefined
  }

  /** Where the targets stand that cannot be made, in order; undefined where that has to be found out. */
  knownFailed(targets: GroupTargets): readonly number[] | undefined {
    const { active, dropped, discovered } = targets
    if (active.length + dropped.length === discovered.targets.length) return none
    return this.#failed.get(targets)
  }

  /** Finds out where the targets stand that cannot be made, in order. */
  *failedOf(targets: GroupTargets): Generator<undefined, readonly number[]> {
    const { compiled, discovered, dropped, heavyFaults } = targets
    const labels = compiled.labelsOf(discovered)
    const failed: number[] = []
    let a = 0
    let d = 0
    for (let at = 0; at < discovered.targets.length; at += 1) {
      if (targets.activeAt[a] === at) a += 1
      else if (dropped[d] === at) d += 1
      else if (heavyFaults.has(at)) failed.push(at)
      else {
        // It failed, or is the same as another target of its group.
        if (labels.relabeled(at).kind === 'failed') failed.push(at)
        if (compiled.relabeler.work.done > stepsBetween || failed.length % stride === 0) yield
      }
    }
    this.#failed.set(targets, failed)
    return failed
  }

  /** Which rule drops each of the dropped targets, from 1; 0 where that takes too long to find out. */
  *rulesOf(targets: GroupTargets): Generator<undefined, Uint16Array> {
    const known = this.#rules.get(targets)
    if (known !== undefined) return known
    const { compiled, discovered, dropped } = targets
    const rules = new Uint16Array(dropped.length)
    const labels = compiled.labelsOf(discovered)
    for (const [i, at] of dropped.entries()) {
      rules[i] = ruleNumber(() => labels.droppedBy(at))
      if (compiled.relabeler.work.done > stepsBetween || i % stride === stride - 1) yield
    }
    this.#rules.set(targets, rules)
    return rules
  }
}

const none: readonly number[] = []
// How many targets are relabelled between two chances to stop for a while.
const stride = 32
const stepsBetween = 200_000

/** @returns 0 where the rules take too long, or make labels that are too long */
function ruleNumber(find: () => number | undefined): number {
  try {
    return (find() ?? -1) + 1
  } catch (error) {
    if (error instanceof RelabelWorkError || error instanceof LabelSizeError) return 0
    throw error
  }
}
