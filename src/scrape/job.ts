import type { NameScheme, RelabelRule } from '../relabel/index.js'
import { type Place, sameConfig } from '../yaml/index.js'

/**
 * What of a scrape config decides its targets, under the keys of the file; durations in
 * milliseconds, everything inherited from `global` filled in.
 */
export interface ScrapeJob {
  readonly job_name: string
  readonly scrape_interval: number
  readonly scrape_timeout: number
  readonly metrics_path: string
  readonly scheme: string
  readonly params: Readonly<Record<string, readonly string[]>>
  readonly relabel_configs: readonly RelabelRule[]
  /** Where each rule stands in its file; left out where the job is from none. */
  readonly rule_places?: readonly Place[]
  /** More active targets than this make every one of them fail; 0 for no limit. */
  readonly target_limit: number
  /** How many dropped targets are kept to be shown; 0 for all. */
  readonly keep_dropped_targets: number
  readonly metric_name_validation_scheme: NameScheme
}

/** Whether two versions of a job make the same targets of the same groups. */
export function sameTargets(a: ScrapeJob, b: ScrapeJob): boolean {
  return sameConfig(relevant(a), relevant(b))
}

function relevant(job: ScrapeJob): Partial<ScrapeJob> {
  const { job_name, scrape_interval, scrape_timeout, metrics_path, scheme, params } = job
  const { relabel_configs, metric_name_validation_scheme } = job
  return {
    job_name,
    scrape_interval,
    scrape_timeout,
    metrics_path,
    scheme,
    params,
    relabel_configs,
    metric_name_validation_scheme,
  }
}
