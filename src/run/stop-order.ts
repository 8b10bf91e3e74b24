import { GroupUsageError } from './errors.js'
import type { Member } from './member.js'

/**
 * Checks what was declared with `stopAfter`.
 * @throws GroupUsageError when it names no actor of the group, or when actors wait for each other
 */
export function checkStopOrder(members: ReadonlyMap<string, Member>): void {
  const checked = new Set<string>()
  for (const [name, member] of members) {
    if (member.options.stopAfter !== undefined && !checked.has(name)) {
      checkFrom(name, members, checked)
    }
  }
}

/** Not recursive: a chain of actors may be longer than the stack is deep. */
function checkFrom(
  start: string,
  members: ReadonlyMap<string, Member>,
  checked: Set<string>,
): void {
  const namesOf = (name: string): Iterator<string> =>
    (members.get(name)?.options.stopAfter ?? []).values()
  const path = new Set([start])
  const steps = [{ name: start, others: namesOf(start) }]
  for (let step = steps.at(-1); step !== undefined; step = steps.at(-1)) {
    const { value: other, done } = step.others.next()
    if (done === true) {
      checked.add(step.name)
      path.delete(step.name)
      steps.pop()
    } else if (!members.has(other)) {
      throw new GroupUsageError(
        `actor "${step.name}": stopAfter names "${other}", which is not there`,
      )
    } else if (path.has(other)) {
      throw new GroupUsageError(`stopAfter goes round in a circle: ${circle([...path], other)}`)
    } else if (!checked.has(other)) {
      path.add(other)
      steps.push({ name: other, others: namesOf(other) })
    }
  }
}

const shownNames = 20

function circle(path: readonly string[], first: string): string {
  const names = [...path.slice(path.indexOf(first)), first]
  const left = names.length - shownNames
  if (left <= 0) return names.join(' -> ')
  const more = `(${String(left)} more)`
  return [...names.slice(0, shownNames - 1), more, first].join(' -> ')
}
