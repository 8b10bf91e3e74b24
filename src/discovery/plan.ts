import { sameConfig } from '../yaml/index.js'
import { fingerprint } from './provider/fingerprint.js'
import type { Provider } from './provider/provider.js'
import type { DiscoveryConfig, SetConfigs } from './mechanism.js'

/** Which providers each set subscribes to. */
export type Plan = ReadonlyMap<string, readonly Provider[]>

/**
 * Finds a provider for each config of each set: one that has an equal config already, whether it runs
 * or was made a moment ago for another set, or else a new one.
 * @param create makes a provider for a config, on behalf of the set that comes first
 */
export function planProviders(
  configs: SetConfigs,
  existing: Iterable<Provider>,
  create: (source: DiscoveryConfig, set: string) => Provider,
): Plan {
  // Comparing each config with each other one would be slow with thousands of them.
  const alike = new Map<string, Provider[]>()
  const shelf = (source: DiscoveryConfig): Provider[] => {
    const key = fingerprint(source)
    const found = alike.get(key)
    if (found !== undefined) return found
    const made: Provider[] = []
    alike.set(key, made)
    return made
  }
  for (const provider of existing) shelf(provider.source).push(provider)

  const find = (source: DiscoveryConfig, set: string): Provider => {
    const candidates = shelf(source)
    const equal = candidates.find((provider) => isSame(provider.source, source))
    if (equal !== undefined) return equal
    const provider = create(source, set)
    candidates.push(provider)
    return provider
  }
  return new Map(
    [...configs].map(([set, sources]) => [
      set,
      [...new Set(sources.map((source) => find(source, set)))],
    ]),
  )
}

function isSame(a: DiscoveryConfig, b: DiscoveryConfig): boolean {
  return a.mechanism === b.mechanism && sameConfig(a.config, b.config)
}
