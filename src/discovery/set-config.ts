import type { Mechanism } from './mechanism.js'

/** One element of a `<mechanism>_sd_configs` list: the mechanism, and its section as decoded. */
export interface DiscoveryConfig {
  readonly mechanism: Mechanism
  readonly config: unknown
}

/** What each target set is configured with; a set without any has no targets, and is still known. */
export type SetConfigs = ReadonlyMap<string, readonly DiscoveryConfig[]>
