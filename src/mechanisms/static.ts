import { of } from 'rxjs'
import { type GroupSection, groupSection } from './kit/group-section.js'
import type { Mechanism } from '../discovery/mechanism.js'
import type { TargetGroup } from '../discovery/groups/target-group.js'

/**
 * Targets written in the config itself: `static_configs`. Its elements together are one config, with
 * the position of each as the source of its group; so a reload that changes one of them replaces them
 * all, as in Prometheus. It emits once and completes.
 */
export function staticMechanism(): Mechanism {
  return {
    name: 'static',
    key: 'static_configs',
    section: groupSection,
    wholeList: true,
    create(config) {
      const groups = (config as readonly GroupSection[]).map(
        ({ targets, labels }, i): TargetGroup => ({ source: String(i), labels, targets }),
      )
      return { findings: () => of({ groups, complete: true as const }) }
    },
  }
}
