import type { DiscoveryConfig } from '../discovery/mechanism.js'
import type { RelabelRule } from '../relabel/index.js'
import type { Fragment } from '../yaml/index.js'

/** One chain: the targets of its source become configs, whose targets are those of a job. */
export interface ChainConfig {
  readonly name: string
  /** The job that gets the targets. */
  readonly job: string
  /** Which targets of the source are followed, and what their labels are. */
  readonly relabel_configs: readonly RelabelRule[]
  /** How many targets of the source are followed at most. */
  readonly limit: number
  /** What becomes of each: discovery sections, with `{{label}}` in their texts. */
  readonly each: Fragment
  /** Labels for all targets that are found through one, with `{{label}}` in their values. */
  readonly labels: Readonly<Record<string, string>>
}

/** A chain, and what finds the targets of its source. */
export interface Chain {
  readonly config: ChainConfig
  readonly source: readonly DiscoveryConfig[]
}

/** The target set of the source of a chain. */
export function sourceSet(name: string): string {
  return `chain/${name}`
}

/** A target of a chain's source makes no config. */
export class ChainError extends Error {
  override readonly name = 'ChainError'
  readonly code = 'ERR_CHAIN'
}
