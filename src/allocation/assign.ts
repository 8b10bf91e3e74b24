import { allAtOnce } from '../waiting/turns.js'
import { assignBounded } from './bounded.js'
import { Choice } from './choice.js'
import type { Epoch } from './epoch.js'
import { OwnerSets } from './owner-sets.js'
import type { ChoiceRules, Facet } from './rules.js'
import { zoneParts } from './zone-parts.js'

/** A target as the choice knows it. */
export interface TargetSpec {
  /** The hash of its key, from `hashKey`. */
  readonly key: number
  readonly facet: Facet
  /** More than 0. */
  readonly weight: number
}

/** Whether what a target gets hangs on all the others. */
export function isBounded({ strategy, maxTargets }: ChoiceRules): boolean {
  return strategy === 'balanced' || maxTargets > 0
}

/** Units of targets that go together, and to which of them each target belongs. */
export function unitsOf(targets: readonly TargetSpec[]): {
  readonly units: readonly (TargetSpec & { readonly count: number })[]
  readonly unitAt: readonly number[]
} {
  const units: { key: number; facet: Facet; weight: number; count: number }[] = []
  const known = new Map<Facet, Map<number, number>>()
  const unitAt = targets.map(({ key, facet, weight }) => {
    let byKey = known.get(facet)
    if (byKey === undefined) {
      byKey = new Map()
      known.set(facet, byKey)
    }
    const at = byKey.get(key) ?? units.length
    const unit = units[at]
    if (unit === undefined) {
      byKey.set(key, at)
      units.push({ key, facet, weight, count: 1 })
    } else {
      unit.count += 1
      unit.weight += weight
    }
    return at
  })
  return { units, unitAt }
}

/**
 * The owners of all targets, in their order: a pure function, which says in one place what the running allocation
 * arrives at step by step. Equal facets must be the same object.
 */
export function assign(
  targets: readonly TargetSpec[],
  epoch: Epoch,
  rules: ChoiceRules,
): readonly (readonly string[])[] {
  const zones = new Map<string, number>()
  for (const { facet } of targets) zones.set(facet.zone, (zones.get(facet.zone) ?? 0) + 1)
  const members = epoch.stages[0]?.members ?? []
  const parts = rules.zones === 'soft' ? zoneParts(zones, members) : undefined
  const choice = new Choice(epoch, rules, new OwnerSets(), parts)
  if (!isBounded(rules)) return targets.map(({ key, facet }) => choice.owners(key, facet))
  const { units, unitAt } = unitsOf(targets)
  const owners = allAtOnce(assignBounded(units, choice))
  return unitAt.map((at) => owners[at] ?? [])
}
