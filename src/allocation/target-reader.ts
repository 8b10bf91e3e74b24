import type { Labels } from '../labels/index.js'
import type { Target } from '../scrape/targets/target.js'
import { hashKey } from './hash.js'
import { type Facet, plainFacet } from './rules.js'

/** Which labels of a target the choice reads. */
export interface TargetLabels {
  /** Discovered labels. */
  readonly key: readonly string[]
  readonly zone: readonly string[]
  readonly node: readonly string[]
  /** A label after relabelling; empty for none. */
  readonly weight: string
}

/** The label that a job's rules may set in place of the key. */
const hashLabel = '__tmp_hash'
/** The label that rules set where every member is to have the target. */
const everywhereLabel = '__tmp_disable_sharding'

/** A discovered label set in its two parts: a label of the target hides the group's. */
export interface DiscoveredLabels {
  readonly own: Labels
  readonly shared: Labels
}

/** Reads of targets what the choice follows, and keeps one object for equal facets. */
export class TargetReader {
  readonly labels: TargetLabels
  readonly #facets: Map<string, Facet> = new Map()

  constructor(labels: TargetLabels) {
    this.labels = labels
  }

  /** The hash that the target is known by. */
  key(target: Target, discovered: DiscoveredLabels): number {
    const given = target.value(hashLabel)
    const { key } = this.labels
    if (given !== '') return hashKey([given])
    const [only = ''] = key
    if (key.length === 1) return hashKey([valueOf(discovered, only)])
    return hashKey(key.map((name) => valueOf(discovered, name)))
  }

  facet(target: Target, discovered: DiscoveredLabels): Facet {
    const zone = firstOf(discovered, this.labels.zone)
    const node = firstOf(discovered, this.labels.node)
    const isEverywhere = target.value(everywhereLabel) !== ''
    if (zone === '' && node === '' && !isEverywhere) return plainFacet
    const name = JSON.stringify([zone, node, isEverywhere])
    let facet = this.#facets.get(name)
    if (facet === undefined) {
      // Forgotten together, they are made again: each pass reads every target it looks at.
      if (this.#facets.size >= mostFacets) this.#facets.clear()
      facet = { zone, node, isEverywhere }
      this.#facets.set(name, facet)
    }
    return facet
  }

  /** What the target weighs; 1 where it does not say, or says something else than a number above 0. */
  weight(target: Target): number {
    const { weight: name } = this.labels
    const weight = name === '' ? 1 : Number(target.value(name) || '1')
    return weight > 0 && weight < Infinity ? weight : 1
  }
}

const mostFacets = 100_000

/** A label of a discovered target; empty for none. */
export function valueOf({ own, shared }: DiscoveredLabels, name: string): string {
  if (Object.hasOwn(own, name)) return own[name] ?? ''
  return Object.hasOwn(shared, name) ? (shared[name] ?? '') : ''
}

function firstOf(discovered: DiscoveredLabels, names: readonly string[]): string {
  for (const name of names) {
    const value = valueOf(discovered, name)
    if (value !== '') return value
  }
  return ''
}
