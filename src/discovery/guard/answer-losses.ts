import type { Labels } from '../../labels/index.js'
import type { GroupChange, GroupChanges } from '../groups/group-store.js'
import { addressOf, missingTargets } from '../groups/target-difference.js'
import type { HeldGroup } from './held-loss.js'

/** What an answer takes from a set in one source. */
export interface Loss {
  readonly source: string
  /** From what the set shows to what the answer says. */
  readonly change: GroupChange
  readonly missing: readonly Labels[]
}

/** What an answer does to the number of targets. */
export interface AnswerLosses {
  /** One for each change, also where nothing is missing. */
  readonly losses: readonly Loss[]
  readonly lost: number
  /** How many came that were in no source before. */
  readonly arrived: number
  /** How many more there are; negative for fewer. */
  readonly gain: number
}

/**
 * What is missing after an answer, source by source.
 * @param held what the set shows in place of what the provider had
 */
export function lossesOf(
  changes: GroupChanges,
  held?: ReadonlyMap<string, HeldGroup>,
): readonly Loss[] {
  return Array.from(changes, ([source, { before, after }]) => {
    const change = { before: held?.get(source)?.shown ?? before, after }
    return { source, change, missing: missingTargets(change) }
  })
}

/** Sums up an answer. A target that only moves to another source is not lost. */
export function weigh(all: readonly Loss[]): AnswerLosses {
  const arrivals = all.flatMap(({ change: { before, after } }) =>
    missingTargets({ before: after, after: before }),
  )
  const losses = arrivals.length === 0 ? all : withoutMoved(all, arrivals)
  const lost = countMissing(losses)
  const arrived = arrivals.length - (countMissing(all) - lost)
  return { losses, lost, arrived, gain: gainOf(all) }
}

/** Takes off one missing target for each of the same address that came. */
function withoutMoved(all: readonly Loss[], arrivals: readonly Labels[]): readonly Loss[] {
  const left = new Map<string, number>()
  const count = (target: Labels, by: number): number => {
    const address = addressOf(target)
    const before = left.get(address) ?? 0
    left.set(address, before + by)
    return before
  }
  for (const target of arrivals) count(target, 1)
  return all.map((loss) => ({
    ...loss,
    missing: loss.missing.filter((target) => count(target, -1) <= 0),
  }))
}

function countMissing(losses: readonly Loss[]): number {
  return losses.reduce((sum, { missing }) => sum + missing.length, 0)
}

function gainOf(losses: readonly Loss[]): number {
  return losses.reduce((sum, { change: { before, after } }) => {
    return sum + (after?.targets.length ?? 0) - (before?.targets.length ?? 0)
  }, 0)
}
