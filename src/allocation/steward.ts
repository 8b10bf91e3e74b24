import type { MoveBudget } from './config.js'
import { type Epoch, epochOf, type EpochStage, wholeOrder } from './epoch.js'
import { isSameMember, type MemberSpec } from './member.js'

/** With more stages than this the newest goes on from where it is. */
const mostStages = 8

/**
 * The epoch after the one in force, for these members. A member that is gone is struck from every stage: its
 * targets go elsewhere at once. Everything else is a stage of its own, which no target goes by yet.
 * @param isBudgeted whether targets may move only as fast as a budget allows; else all of them do at once
 * @returns the same epoch where nothing is to be changed
 */
export function withMembers(
  epoch: Epoch | undefined,
  members: readonly MemberSpec[],
  isBudgeted: boolean,
): Epoch {
  if (epoch === undefined) return epochOf(members)
  const there = new Set(members.map(({ id }) => id))
  const left = epoch.stages.map((stage) => {
    return { ...stage, members: stage.members.filter(({ id }) => there.has(id)) }
  })
  const [newest] = left
  const isNew = newest === undefined || !isSameList(newest.members, members)
  const next = isNew ? withStage(left, members, isBudgeted) : left
  const stages = simplified(next, members)
  if (isSameStages(epoch.stages, stages)) return epoch
  return { ...epoch, generation: epoch.generation + 1, stages }
}

/** A given epoch without the members that are gone: forced moves wait for no one's decision. */
export function struck(epoch: Epoch, members: readonly MemberSpec[]): Epoch {
  const there = new Set(members.map(({ id }) => id))
  const left = epoch.stages.map((stage) => {
    return { ...stage, members: stage.members.filter(({ id }) => there.has(id)) }
  })
  const isWhole = left.every((stage, i) => stage.members.length === epoch.stages[i]?.members.length)
  return isWhole ? epoch : { ...epoch, stages: simplified(left, left[0]?.members ?? []) }
}

function withStage(
  stages: readonly EpochStage[],
  members: readonly MemberSpec[],
  isBudgeted: boolean,
): readonly EpochStage[] {
  const [newest, ...older] = stages
  if (!isBudgeted || newest === undefined) return [{ below: wholeOrder, members }]
  // No target goes by a stage that has not begun: it is as if it had never been.
  if (newest.below === 0) return [{ below: 0, members }, ...older]
  if (stages.length >= mostStages) return [{ below: newest.below, members }, ...older]
  return [{ below: 0, members }, ...stages]
}

/** Without stages that no target goes by, and those that have no members. */
function simplified(
  stages: readonly EpochStage[],
  members: readonly MemberSpec[],
): readonly EpochStage[] {
  const kept: EpochStage[] = []
  let reached = -1
  for (const stage of stages) {
    if (stage.members.length === 0 && members.length > 0) continue
    const before = kept.at(-1)
    if (before !== undefined && isSameList(before.members, stage.members)) {
      kept[kept.length - 1] = { ...before, below: Math.max(before.below, stage.below) }
    } else if (stage.below > reached) kept.push(stage)
    reached = Math.max(reached, stage.below)
    if (reached >= wholeOrder) break
  }
  const last = kept.at(-1)
  if (last === undefined) return [{ below: wholeOrder, members }]
  return [...kept.slice(0, -1), { ...last, below: wholeOrder }]
}

/**
 * The epoch after the newest stage has taken over this number of targets.
 * @param orders of the targets that the newest stage will move, sorted
 * @param count how many of them may go now
 */
export function advanced(epoch: Epoch, orders: ArrayLike<number>, count: number): Epoch {
  const [newest, ...older] = epoch.stages
  if (newest === undefined || older.length === 0) return epoch
  let first = 0
  while (first < orders.length && (orders[first] ?? 0) < newest.below) first += 1
  const isDone = first + count >= orders.length
  if (!isDone && count === 0) return epoch
  const below = isDone ? wholeOrder : (orders[first + count] ?? wholeOrder)
  if (below === newest.below) return epoch
  const stages = simplified([{ ...newest, below }, ...older], newest.members)
  return { ...epoch, generation: epoch.generation + 1, stages }
}

/** A budget that fills with time: what was not used of one span is there at its end, and no more. */
export class BudgetMeter {
  #filled = 1
  #at: number | undefined

  /** How many of these targets may move now. @param now milliseconds */
  room(budget: MoveBudget, targets: number, now: number): number {
    if (budget.share >= 1) return Infinity
    const passed = this.#at === undefined ? budget.perMs : now - this.#at
    this.#filled = Math.min(1, this.#filled + Math.max(0, passed) / budget.perMs)
    this.#at = now
    return Math.floor(this.#filled * this.#whole(budget, targets))
  }

  /** This number of targets has moved. */
  spend(budget: MoveBudget, targets: number, moved: number): void {
    const whole = this.#whole(budget, targets)
    if (whole > 0 && budget.share < 1) this.#filled = Math.max(0, this.#filled - moved / whole)
  }

  /** Of a few targets at least one moves in each span. */
  #whole({ share }: MoveBudget, targets: number): number {
    return Math.max(1, share * targets)
  }
}

function isSameStages(a: readonly EpochStage[], b: readonly EpochStage[]): boolean {
  return (
    a.length === b.length &&
    a.every((stage, i) => {
      const other = b[i]
      return other?.below === stage.below && isSameList(stage.members, other.members)
    })
  )
}

function isSameList(a: readonly MemberSpec[], b: readonly MemberSpec[]): boolean {
  return (
    a.length === b.length &&
    a.every((member, i) => {
      const other = b[i]
      return other !== undefined && isSameMember(member, other)
    })
  )
}
