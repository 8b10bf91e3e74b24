import { sameConfig } from '../yaml/index.js'
import { fingerprint } from './provider/fingerprint.js'
import type { Provider } from './provider/provider.js'
import type { DiscoveryConfig, SetConfigs } from './mechanism.js'

/** What is told apart by its config: a provider, or what becomes one. */
interface Sourced {
  readonly source: DiscoveryConfig
  /** The fingerprint of the source, where it is known already. */
  readonly key?: string
}

/** Which providers each set subscribes to. */
export type Plan<P extends Sourced = Provider> = ReadonlyMap<string, readonly P[]>

/**
 * Finds a provider for each config of each set: one that has an equal config already, whether it runs
 * or was made a moment ago for another set, or else a new one.
 * @param create makes a provider for a config, on behalf of the set that comes first; it gets the fingerprint too
 */
export function planProviders<P extends Sourced>(
  configs: SetConfigs,
  existing: Iterable<P>,
  create: (source: DiscoveryConfig, set: string, key: string) => P,
): Plan<P> {
  // Comparing each config with each other one would be slow with thousands of them.
  const alike = new Map<string, P[]>()
  const shelf = (key: string): P[] => {
    const found = alike.get(key)
    if (found !== undefined) return found
    const made: P[] = []
    alike.set(key, made)
    return made
  }
  for (const provider of existing)
    shelf(provider.key ?? fingerprint(provider.source)).push(provider)

  const find = (source: DiscoveryConfig, set: string): P => {
    const key = fingerprint(source)
    const candidates = shelf(key)
    const equal = candidates.find((provider) => isSame(provider.source, source))
    if (equal !== undefined) return equal
    const provider = create(source, set, key)
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
  return (
    a.mechanism === b.mechanism &&
    sameConfig(a.config, b.config) &&
    sameConfig(a.labels ?? {}, b.labels ?? {})
  )
}

/** Every provider of a plan, once. */
export function providersOf<P extends Sourced>(plan: Plan<P>): readonly P[] {
  return [...new Set([...plan.values()].flat())]
}

/**
 * The plan of a new config, with the providers of configs that were found so far.
 * @param configured the providers of the new config itself
 * @param before those of the config in force
 * @param running the plan in force, with the providers of configs that were found
 */
export function carriedOver<P extends Sourced>(
  configured: Plan<P>,
  before: Plan<P>,
  running: Plan<P>,
): Plan<P> {
  return new Map(
    Array.from(configured, ([set, providers]) => {
      const found = foundIn(set, before, running)
      return [set, found.length === 0 ? providers : [...new Set([...providers, ...found])]]
    }),
  )
}

/** What provides for a set, and may find further configs for it. */
interface Finder extends Sourced {
  /** Those that it has found. */
  readonly configs: readonly DiscoveryConfig[]
}

/**
 * The plan of a config with a provider for each config that its providers have found.
 * @param configured the providers of the config itself
 * @param running the plan in force
 * @returns the plan in force itself, where nothing is new
 */
export function withFound<P extends Finder>(
  configured: Plan<P>,
  running: Plan<P>,
  options: {
    readonly existing: Iterable<P>
    readonly create: (source: DiscoveryConfig, set: string, key: string) => P
    /** Whether a set gives up no provider. */
    readonly keepsAll: (set: string) => boolean
  },
): Plan<P> {
  const wanted = new Map<string, readonly DiscoveryConfig[]>()
  for (const [set, providers] of configured) {
    const before = foundIn(set, configured, running)
    const found = providers.flatMap(({ configs }) => configs)
    if (found.length === 0 && before.length === 0) continue
    const kept = options.keepsAll(set) ? before : []
    const sources = [...providers, ...kept].map(({ source }) => source)
    wanted.set(set, [...sources, ...found])
  }
  if (wanted.size === 0) return running
  const { existing, create } = options
  const planned = planProviders(wanted, existing, create)
  const changed = [...planned].filter(([set, providers]) => {
    const before = new Set(running.get(set))
    return providers.length !== before.size || !providers.every((one) => before.has(one))
  })
  return changed.length === 0 ? running : new Map([...running, ...changed])
}

/** The providers of a set that were found: all but those of the config. */
function foundIn<P extends Sourced>(
  set: string,
  configured: Plan<P>,
  running: Plan<P>,
): readonly P[] {
  const all = running.get(set) ?? []
  const own = configured.get(set) ?? []
  if (all.length === own.length) return []
  return all.filter((provider) => !own.includes(provider))
}
