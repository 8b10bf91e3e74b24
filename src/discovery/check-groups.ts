import { InvalidGroupsError } from './errors.js'
import type { TargetGroup } from './target-group.js'

/**
 * Looks at what a discoverer emitted before anything else does, so that a defect in one mechanism
 * ends there. A missing group (null) is left out, as in Prometheus.
 * @throws {InvalidGroupsError} naming the first thing that is wrong
 */
export function checkGroups(batch: unknown): readonly TargetGroup[] {
  if (!Array.isArray(batch)) throw new InvalidGroupsError('a discoverer must emit a list of groups')
  const groups: unknown[] = batch
  const given = groups.filter((group) => group !== null && group !== undefined)
  for (const group of given) checkGroup(group)
  return given as TargetGroup[]
}

function checkGroup(group: unknown): void {
  if (typeof group !== 'object' || group === null) {
    throw new InvalidGroupsError('a target group must be an object')
  }
  const { source, labels, targets } = group as Partial<Record<keyof TargetGroup, unknown>>
  if (typeof source !== 'string') {
    throw new InvalidGroupsError('the source of a target group must be a text')
  }
  const where = `target group ${JSON.stringify(source)}`
  checkLabels(labels, where)
  if (!Array.isArray(targets)) throw new InvalidGroupsError(`${where}: targets must be a list`)
  const list: unknown[] = targets
  for (const target of list) checkLabels(target, where)
}

function checkLabels(labels: unknown, where: string): void {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    throw new InvalidGroupsError(`${where}: labels must be an object`)
  }
  // Not Object.entries: there may be a hundred thousand targets, and this must not be felt.
  for (const name in labels) {
    if (typeof (labels as Readonly<Record<string, unknown>>)[name] !== 'string') {
      throw new InvalidGroupsError(`${where}: label ${JSON.stringify(name)} must be a text`)
    }
  }
}
