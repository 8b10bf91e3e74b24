import type { Provider } from '../provider/provider.js'
import type { DiscoveryConfig } from '../mechanism.js'
import type { TargetGroup } from '../groups/target-group.js'

/** The groups that a provider of the same config had in an earlier run. */
export interface RestoredGroups {
  readonly groups: readonly TargetGroup[]
  /** When they were good; milliseconds since 1970. */
  readonly asOf: number
}

/** What is remembered of a provider. */
export type KeptProvider = Pick<Provider, 'source' | 'groups' | 'status'>

/** Remembers the groups of providers beyond the end of the process. */
export interface StateKeeper {
  /** How old groups may be and still be used; milliseconds. */
  readonly maxAgeMs: number
  /** The groups for a config that a new provider may begin with. */
  restored(source: DiscoveryConfig): RestoredGroups | undefined
  /** A provider had a live answer: its groups are worth keeping. */
  keep(provider: KeptProvider, isChanged: boolean): void
  /** There is no provider with this config any more. */
  forget(source: DiscoveryConfig): void
}
