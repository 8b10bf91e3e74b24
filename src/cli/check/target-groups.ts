import type { AlertmanagerConfig, ScrapeConfig } from '../../config/index.js'
import type { TargetGroup } from '../../discovery/index.js'
import { resolveGroup } from '../../notifier/resolve.js'
import { type CompiledRules, type NameScheme, Relabeler } from '../../relabel/index.js'
import { CompiledJob } from '../../scrape/targets/compiled-job.js'

/** What is wrong with the first bad target of a group; undefined for a good group. */
export type CheckGroup = (group: TargetGroup) => string | undefined

/**
 * Builds the targets of groups as the scrape pool of a job would.
 * @param rules those of the jobs before it
 */
export function jobChecker(job: ScrapeConfig, rules: CompiledRules): CheckGroup {
  // Nothing else waits here: rules take as long as they take.
  const compiled = new CompiledJob(job, Infinity, rules)
  return (group) => {
    const labels = compiled.labelsOf(group)
    for (let i = 0; i < group.targets.length; i += 1) {
      const result = labels.relabeled(i)
      if (result.kind === 'failed') {
        return `instance ${String(i)} in group ${group.source}: ${result.fault}`
      }
    }
    return undefined
  }
}

/** Builds the Alertmanagers of groups as the notifier would. */
export function alertmanagerChecker(config: AlertmanagerConfig, scheme: NameScheme): CheckGroup {
  const relabeler = new Relabeler(config.relabel_configs, scheme)
  const resolution = { scheme: config.scheme, pathPrefix: config.path_prefix, relabeler }
  return (group) => resolveGroup(group, resolution).faults[0]
}
