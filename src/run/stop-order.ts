import { GroupUsageError } from './errors.js'
import type { Member } from './member.js'

/**
 * Checks what was declared with `stopAfter`.
 * @throws GroupUsageError when it names no actor of the group, or when actors wait for each other
 */
export function checkStopOrder(members: ReadonlyMap<string, Member>): void {
  const checked = new Set<string>()
  const visit = (name: string, path: readonly string[]): void => {
    if (checked.has(name)) return
    if (path.includes(name)) {
      throw new GroupUsageError(
        `stopAfter goes round in a circle: ${[...path.slice(path.indexOf(name)), name].join(' -> ')}`,
      )
    }
    for (const other of members.get(name)?.options.stopAfter ?? []) {
      if (!members.has(other)) {
        throw new GroupUsageError(`actor "${name}": stopAfter names "${other}", which is not there`)
      }
      visit(other, [...path, name])
    }
    checked.add(name)
  }
  for (const [name, member] of members) {
    if (member.options.stopAfter !== undefined) visit(name, [])
  }
}
