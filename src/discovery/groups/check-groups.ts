import type { TargetGroup } from './target-group.js'
import { allAtOnce, type Steps } from '../../waiting/turns.js'

/** A discoverer gave something that is no list of target groups: a defect of its mechanism. */
export class InvalidGroupsError extends Error {
  override readonly name = 'InvalidGroupsError'
  readonly code = 'ERR_DISCOVERY_GROUPS'
}

// How many targets are checked between two chances to pause.
const stride = 1024

/**
 * Looks at groups from outside before anything else does, so that a defect in one mechanism ends
 * there. A missing group (null) is left out, as in Prometheus.
 * @throws {InvalidGroupsError} naming the first thing that is wrong
 */
export function checkGroups(groups: unknown): readonly TargetGroup[] {
  return allAtOnce(checkingGroups(groups))
}

/** The same in steps. */
export function* checkingGroups(batch: unknown): Steps<readonly TargetGroup[]> {
  if (!Array.isArray(batch)) throw new InvalidGroupsError('the groups of a finding must be a list')
  const groups: unknown[] = batch
  const given = groups.filter((group) => group !== null && group !== undefined)
  let looked = 0
  for (const group of given) {
    const { targets, where } = checkGroup(group)
    for (const target of targets) {
      checkLabels(target, where)
      looked += 1
      if (looked % stride === 0) yield
    }
  }
  return given as TargetGroup[]
}

/** A group without its targets. */
function checkGroup(group: unknown): { targets: readonly unknown[]; where: () => string } {
  if (typeof group !== 'object' || group === null) {
    throw new InvalidGroupsError('a target group must be an object')
  }
  const { source, labels, targets } = group as Partial<Record<keyof TargetGroup, unknown>>
  if (typeof source !== 'string') {
    throw new InvalidGroupsError('the source of a target group must be a text')
  }
  const where = (): string => `target group ${JSON.stringify(source)}`
  checkLabels(labels, where)
  if (!Array.isArray(targets)) throw new InvalidGroupsError(`${where()}: targets must be a list`)
  return { targets, where }
}

function checkLabels(labels: unknown, where: () => string): void {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    throw new InvalidGroupsError(`${where()}: labels must be an object`)
  }
  // Not Object.entries: there may be a hundred thousand targets, and this must not be felt.
  for (const name in labels) {
    if (typeof (labels as Readonly<Record<string, unknown>>)[name] !== 'string') {
      throw new InvalidGroupsError(`${where()}: label ${JSON.stringify(name)} must be a text`)
    }
  }
}
