import type { ZoneParts } from './choice.js'
import type { MemberSpec } from './member.js'
import { zoneCrowd } from './rules.js'

/**
 * How many of the 64 parts of each crowded zone's targets stay there: a zone keeps 1.25 times its share. In
 * parts, so that a few targets more or less move none.
 * @param targets how many targets are of each zone; the empty name for those of none
 */
export function zoneParts(
  targets: ReadonlyMap<string, number>,
  members: readonly MemberSpec[],
): ZoneParts {
  const weights = new Map<string, number>()
  let allWeight = 0
  for (const { zone, weight } of members) {
    weights.set(zone, (weights.get(zone) ?? 0) + weight)
    allWeight += weight
  }
  let all = 0
  for (const count of targets.values()) all += count
  const parts = new Map<string, number>()
  for (const [zone, count] of targets) {
    const weight = weights.get(zone) ?? 0
    if (zone === '' || weight === 0 || count === 0) continue
    const room = (zoneCrowd * all * weight) / allWeight
    if (count > room) parts.set(zone, Math.floor((64 * room) / count))
  }
  return parts
}
