import type { AlertmanagerConfig } from '../config/index.js'
import { sameConfig } from '../yaml/index.js'

/**
 * Finds for each section of a new config the old section that is the same thing, so that its queues
 * live on: first one with the very same config wherever it is, then one that finds its Alertmanagers in
 * the same way (a changed password, say), then the one in the same place if it gives them the same alerts
 * (a changed address).
 * @returns for each new section the index of an old one; undefined where there is none
 */
export function matchSections(
  sections: readonly AlertmanagerConfig[],
  old: readonly AlertmanagerConfig[],
): readonly (number | undefined)[] {
  const free = new Map(old.entries())
  const found = new Map<number, number>()
  const claim = (
    isSame: (section: AlertmanagerConfig, old: AlertmanagerConfig, inPlace: boolean) => boolean,
  ): void => {
    for (const [i, section] of sections.entries()) {
      if (found.has(i)) continue
      const same = [...free].find(([j, other]) => isSame(section, other, i === j))
      if (same === undefined) continue
      free.delete(same[0])
      found.set(i, same[0])
    }
  }
  claim((section, other) => sameConfig(section, other))
  claim((section, other) => sameConfig(section.discovery, other.discovery))
  claim(
    (section, other, inPlace) =>
      inPlace && sameConfig(section.alert_relabel_configs, other.alert_relabel_configs),
  )
  return sections.map((_, i) => found.get(i))
}
