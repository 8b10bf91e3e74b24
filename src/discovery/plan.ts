import { sameConfig } from '../yaml/index.js'
import { fingerprint } from './provider/fingerprint.js'
import type { Provider } from './provider/provider.js'
import type { DiscoveryConfig, SetConfigs } from './mechanism.js'

/** What is told apart by its config: a provider, or what becomes one. */
interface Sourced {
  readonly source: DiscoveryConfig
}

/** Which providers each set subscribes to. */
export type Plan<P extends Sourced = Provider> = ReadonlyMap<string, readonly P[]>

/**
 * Finds a provider for each config of each set: one that has an equal config already, whether it runs
 * or was made a moment ago for another set, or else a new one.
 * @param create makes a provider for a config, on behalf of the set that comes first
 */
export function planProviders<P extends Sourced>(
  configs: SetConfigs,
  existing: Iterable<P>,
  create: (source: DiscoveryConfig, set: string) => P,
): Plan<P> {
  // Comparing each config with each other one would be slow with thousands of them.
  const alike = new Map<string, P[]>()
  const shelf = (source: DiscoveryConfig): P[] => {
    const key = fingerprint(source)
    const found = alike.get(key)
    if (found !== undefined) return found
    const made: P[] = []
    alike.set(key, made)
    return made
  }
  for (const provider of existing) shelf(provider.source).push(provider)

  const find = (source: DiscoveryConfig, set: string): P => {
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
