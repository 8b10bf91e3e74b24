import type { DiscoveryConfig } from '../discovery/mechanism.js'
import { type Labels, labelValue } from '../labels/index.js'
import { errorMessage } from '../telemetry/error-text.js'

/** What a chain has made of the targets of its source. A value: each look at the source makes the next one. */
export interface Links {
  /** The configs of each target that is followed, by the values that they were made of. */
  readonly made: ReadonlyMap<string, readonly DiscoveryConfig[]>
  /** Targets that make no config. */
  readonly faults: readonly LinkFault[]
  /** How many more targets there are than may be followed. */
  readonly leftOut: number
}

export interface LinkFault {
  readonly address: string
  readonly reason: string
}

export const noLinks: Links = { made: new Map(), faults: [], leftOut: 0 }

/** The targets of a source after its rules. */
export interface SourceTargets {
  readonly kept: readonly Labels[]
  /** Those that the rules could not be applied to. */
  readonly faults: readonly LinkFault[]
  /** Every provider of the source has answered: what is not there is gone. */
  readonly isWhole: boolean
}

/** What becomes of the targets of one chain. */
export interface LinkMaker {
  readonly limit: number
  /** What of a target its configs depend on: two with the same make the same. */
  keyOf(labels: Labels): string
  /** @throws {ChainError} when no config comes of it */
  make(labels: Labels): readonly DiscoveryConfig[]
}

/**
 * Makes configs of the targets of a source. Those that were followed before stay first where the limit leaves no room
 * for all: a server that comes never takes the place of one that is read. While the source is not whole none goes.
 */
export function nextLinks(before: Links, source: SourceTargets, maker: LinkMaker): Links {
  const wanted = new Map<string, Labels>()
  for (const labels of source.kept) {
    const key = maker.keyOf(labels)
    if (!wanted.has(key)) wanted.set(key, labels)
  }
  const made = new Map<string, readonly DiscoveryConfig[]>()
  for (const [key, configs] of before.made) {
    if (wanted.has(key) || !source.isWhole) made.set(key, configs)
  }
  const faults = [...source.faults]
  let leftOut = 0
  for (const [key, labels] of sorted(wanted)) {
    if (made.has(key)) continue
    if (made.size >= maker.limit) {
      leftOut += 1
      continue
    }
    try {
      made.set(key, maker.make(labels))
    } catch (error) {
      faults.push({ address: labelValue(labels, '__address__'), reason: errorMessage(error) })
    }
  }
  return { made, faults, leftOut }
}

/** In an order that does not depend on when the targets came: every muster follows the same ones. */
function sorted(wanted: ReadonlyMap<string, Labels>): readonly (readonly [string, Labels])[] {
  return [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))
}
