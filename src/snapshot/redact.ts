import { createHmac } from 'node:crypto'
import type { TargetGroup } from '../discovery/groups/target-group.js'
import type { Labels } from '../labels/index.js'

/** Whose values are replaced. */
export interface Redaction {
  /** A label's name. */
  readonly label: string
  /** Whether a value is replaced; left out: all are. */
  readonly matches?: (value: string) => boolean
}

/**
 * Makes a function that replaces values of labels by `h:` and eight hex digits of their HMAC-SHA-256, so that
 * equal values stay equal. The sources of groups, which mechanisms make of such values, are replaced too.
 * @param salt the key of the HMAC: with the same one, two snapshots can be compared
 */
export function redacting(
  redactions: readonly Redaction[],
  salt: string,
): (group: TargetGroup) => TargetGroup {
  if (redactions.length === 0) return (group) => group
  const byName = new Map<string, Redaction[]>()
  for (const one of redactions) byName.set(one.label, [...(byName.get(one.label) ?? []), one])
  const hashed = (value: string, digits: number): string =>
    `h:${createHmac('sha256', salt).update(value).digest('hex').slice(0, digits)}`
  const redacted = (labels: Labels): Labels =>
    Object.fromEntries(
      Object.entries(labels).map(([name, value]) => {
        const isSecret = byName.get(name)?.some(({ matches }) => matches?.(value) ?? true)
        return [name, isSecret === true ? hashed(value, 8) : value]
      }),
    )
  return ({ source, labels, targets }) => ({
    // Longer: two groups of one source would be one group.
    source: hashed(source, 32),
    labels: redacted(labels),
    targets: targets.map(redacted),
  })
}
