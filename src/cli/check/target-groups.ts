import type { AlertmanagerConfig, ScrapeConfig } from '../../config/index.js'
import type { TargetGroup } from '../../discovery/index.js'
import { resolveGroup } from '../../notifier/resolve.js'
import { type CompiledRules, type NameScheme, Relabeler } from '../../relabel/index.js'
import { CompiledJob } from '../../scrape/targets/compiled-job.js'

/** What the targets of a group come to. */
export interface CheckedGroup {
  /** What is wrong with the first bad target; undefined for a good group. */
  readonly fault?: string
  /** How many targets no rule drops. */
  readonly kept: number
}

/** Builds the targets of a group. */
export type CheckGroup = (group: TargetGroup) => CheckedGroup

/**
 * Builds the targets of groups as the scrape pool of a job would.
 * @param rules those of the jobs before it
 */
export function jobChecker(job: ScrapeConfig, rules: CompiledRules): CheckGroup {
  // Nothing else waits here: rules take as long as they take.
  const compiled = new CompiledJob(job, Infinity, rules)
  return (group) => {
    const labels = compiled.labelsOf(group)
    let kept = 0
    for (let i = 0; i < group.targets.length; i += 1) {
      const result = labels.relabeled(i)
      if (result.kind === 'failed') {
        return { fault: `instance ${String(i)} in group ${group.source}: ${result.fault}`, kept }
      }
      if (result.kind !== 'dropped') kept += 1
    }
    return { kept }
  }
}

/** Builds the Alertmanagers of groups as the notifier would. */
export function alertmanagerChecker(config: AlertmanagerConfig, scheme: NameScheme): CheckGroup {
  const relabeler = new Relabeler(config.relabel_configs, scheme)
  const resolution = { scheme: config.scheme, pathPrefix: config.path_prefix, relabeler }
  return (group) => {
    const { faults, active } = resolveGroup(group, resolution)
    const [fault] = faults
    return { ...(fault !== undefined && { fault }), kept: active.length }
  }
}
