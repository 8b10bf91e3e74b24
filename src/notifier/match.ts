import { sameConfig } from '../yaml/index.js'
import type { AlertmanagerSet } from './alertmanager-set.js'
import type { AlertmanagerConfig } from './config.js'

/**
 * Finds for each section of a new config the running set that is the same thing, so that its queues
 * live on: first one with the very same section wherever it stands, then one that finds its
 * Alertmanagers in the same way (a changed password, say), then the one in the same place if it gives
 * them the same alerts (a changed address).
 * @returns one for each config; undefined where a new set has to be made
 */
export function matchSets(
  configs: readonly AlertmanagerConfig[],
  running: readonly AlertmanagerSet[],
): readonly (AlertmanagerSet | undefined)[] {
  const free = new Set(running)
  const found = new Map<number, AlertmanagerSet>()
  const claim = (
    isSame: (config: AlertmanagerConfig, old: AlertmanagerConfig, inPlace: boolean) => boolean,
  ): void => {
    for (const [i, config] of configs.entries()) {
      if (found.has(i)) continue
      const set = [...free].find((old) => isSame(config, old.plan.config, old === running[i]))
      if (set === undefined) continue
      free.delete(set)
      found.set(i, set)
    }
  }
  claim((config, old) => sameConfig(config, old))
  claim((config, old) => sameConfig(config.discovery, old.discovery))
  claim(
    (config, old, inPlace) =>
      inPlace && sameConfig(config.alert_relabel_configs, old.alert_relabel_configs),
  )
  return configs.map((_, i) => found.get(i))
}
