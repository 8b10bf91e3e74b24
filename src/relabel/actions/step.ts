import { limited } from '../label-size.js'
import type { Shape } from '../shape.js'
import type { Work } from '../work.js'

/** Applies one rule to the values of a target, in place; false drops the target. */
export type Step = (values: string[]) => boolean

/** A compiled rule: gives its step for targets of a shape. */
export type CompiledRule = (shape: Shape) => Step

/** Shorter texts take no time that counts, whatever a rule does with them beside matching. */
const long = 4096

/**
 * Makes a function that reads the value a rule looks at: its source labels joined. It throws a
 * {@link LabelSizeError} for a value that is too long.
 * @param work counts long values
 */
export function sourceReader(
  names: readonly string[],
  separator: string,
  shape: Shape,
  work: Work,
): (values: readonly string[]) => string {
  const slots = names.map((name) => shape.ensure(name))
  const [first = 0, second = 0] = slots
  const checked = (text: string): string => {
    if (text.length <= long) return text
    // Joining is much faster than matching.
    work.spend(limited(text).length >> 4)
    return text
  }
  if (slots.length === 0) return () => ''
  if (slots.length === 1) return (values) => checked(values[first] ?? '')
  if (slots.length === 2) {
    return (values) => checked((values[first] ?? '') + separator + (values[second] ?? ''))
  }
  return (values) => {
    let joined = values[first] ?? ''
    for (let i = 1; i < slots.length; i += 1) {
      joined = limited(joined + separator + (values[slots[i] ?? 0] ?? ''))
    }
    return checked(joined)
  }
}
