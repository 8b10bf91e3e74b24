import type { Steps } from '../waiting/turns.js'
import type { Choice } from './choice.js'
import { orderOf } from './hash.js'
import { compareIds, type MemberSpec } from './member.js'
import { balanceTolerance, type Facet } from './rules.js'

/** Targets that go together: those of one key and facet. */
export interface BoundedUnit {
  readonly key: number
  readonly facet: Facet
  /** How many targets. */
  readonly count: number
  /** What they weigh together. */
  readonly weight: number
}

/** What a member has been given so far. */
interface Load {
  count: number
  weight: number
}

/** Targets looked at between two pauses. */
const atOnce = 64

/**
 * The owners of all targets where a member may get no more than a bound: by weight for `balanced` (1.05 times
 * its share), by count where there is a limit of targets. The heaviest go first, each to the members it prefers among
 * those with room. Pure: the order in which targets are given does not matter.
 * @param units every target once
 * @returns the owners of each unit, in the order given; fewer than wanted where limits leave no room
 */
export function* assignBounded(
  units: readonly BoundedUnit[],
  choice: Choice,
): Steps<readonly (readonly string[])[]> {
  const { rules } = choice
  const order = yield* sorted(units)
  const bounds = rules.strategy === 'balanced' ? boundsOf(units, choice) : undefined
  const loads = new Map<string, Load>()
  const owners: (readonly string[])[] = units.map(() => [])
  let done = 0
  for (const at of order) {
    const unit = units[at]
    if (unit === undefined) continue
    owners[at] = place(unit, choice, loads, bounds)
    done += 1
    if (done % atOnce === 0) yield
  }
  return owners
}

/** The places of the units: the heaviest first, then by the hash of the key. */
function* sorted(units: readonly BoundedUnit[]): Steps<readonly number[]> {
  // Sorted by parts, since one sort of all would take too long at a time.
  const parts: number[][] = Array.from({ length: 256 }, () => [])
  for (const [at, { key }] of units.entries()) {
    parts[orderOf(key) >>> 24]?.push(at)
    if (at % 4096 === 0) yield
  }
  const byWeight = new Map<number, number[]>()
  for (const part of parts) {
    part.sort((a, b) => compareUnits(units[a], units[b]))
    for (const at of part) {
      const weight = units[at]?.weight ?? 0
      const same = byWeight.get(weight)
      if (same === undefined) byWeight.set(weight, [at])
      else same.push(at)
    }
    yield
  }
  return [...byWeight].sort(([a], [b]) => b - a).flatMap(([, places]) => places)
}

function compareUnits(a: BoundedUnit | undefined, b: BoundedUnit | undefined): number {
  if (a === undefined || b === undefined) return 0
  const byOrder = orderOf(a.key) - orderOf(b.key)
  if (byOrder !== 0) return byOrder
  const texts = [a, b].map(({ facet }) => `${facet.zone}\0${facet.node}`)
  return (texts[0] ?? '') < (texts[1] ?? '') ? -1 : 1
}

/** How much weight each member may get. */
function boundsOf(units: readonly BoundedUnit[], choice: Choice): (member: MemberSpec) => number {
  let weight = 0
  for (const unit of units) if (!unit.facet.isEverywhere) weight += unit.weight
  const members = choice.epoch.stages[0]?.members ?? []
  const all = members.reduce((sum, member) => sum + member.weight, 0)
  const share = ((1 + balanceTolerance) * weight * choice.rules.replicationFactor) / (all || 1)
  return (member) => Math.ceil(share * member.weight)
}

function place(
  unit: BoundedUnit,
  choice: Choice,
  loads: Map<string, Load>,
  bound: ((member: MemberSpec) => number) | undefined,
): readonly string[] {
  const { key, facet } = unit
  const { maxTargets, replicationFactor } = choice.rules
  if (facet.isEverywhere) return choice.owners(key, facet)
  const candidates = choice.candidates(key, facet)
  const loadOf = (id: string): Load => loads.get(id) ?? { count: 0, weight: 0 }
  const fits = ({ id }: MemberSpec): boolean =>
    maxTargets === 0 || loadOf(id).count + unit.count <= maxTargets
  const hasRoom = (member: MemberSpec): boolean =>
    fits(member) && (bound === undefined || loadOf(member.id).weight + unit.weight <= bound(member))
  const taken = [...candidates.top(key, replicationFactor, hasRoom)]
  if (taken.length < replicationFactor && bound !== undefined) {
    // The bound is a wish, the limit is not: what is too heavy for all goes where the least is.
    const lightness = ({ id, weight }: MemberSpec): number => loadOf(id).weight / weight
    const rest = candidates.members
      .filter((member) => fits(member) && !taken.includes(member))
      .sort((a, b) => lightness(a) - lightness(b) || compareIds(a, b))
    taken.push(...rest.slice(0, replicationFactor - taken.length))
  }
  for (const { id } of taken) {
    const load = loadOf(id)
    loads.set(id, { count: load.count + unit.count, weight: load.weight + unit.weight })
  }
  return taken.map(({ id }) => id)
}
