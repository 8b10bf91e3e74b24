import type { ScrapeConfig } from '../config/index.js'
import type { NameScheme, RelabelRule } from '../relabel/index.js'
import { type Place, sameConfig } from '../yaml/index.js'

/**
 * What of a scrape config decides its targets, under the keys of the file; durations in
 * milliseconds, everything inherited from `global` filled in. A job may have more keys than these.
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

/**
 * The keys of a scrape config that no label of a target comes from. A key that is not named here
 * counts: forgetting one costs a rebuild of the pool when it changes, and never leaves stale targets.
 *
 * `scrape_native_histograms` and its two neighbours are left out on purpose: they become labels in
 * Prometheus versions after 3.5.
 */
const otherKeys: ReadonlySet<string> = new Set<keyof ScrapeConfig>([
  // Where targets are found, and how many may be there or are kept: a pool looks at these each time.
  'discovery',
  'target_limit',
  'keep_dropped_targets',
  // Where the rules stand in the file, not what they do.
  'rule_places',
  'metric_rule_places',
  // How a target is asked.
  'http',
  'enable_compression',
  'scrape_protocols',
  'fallback_scrape_protocol',
  'metric_name_escaping_scheme',
  // What becomes of the samples.
  'honor_labels',
  'honor_timestamps',
  'track_timestamps_staleness',
  'metric_relabel_configs',
  'body_size_limit',
  'sample_limit',
  'label_limit',
  'label_name_length_limit',
  'label_value_length_limit',
  'native_histogram_bucket_limit',
  'native_histogram_min_bucket_factor',
  'extra_scrape_metrics',
  'scrape_failure_log_file',
])

/** Whether two versions of a job make the same targets of the same groups. */
export function sameTargets(a: ScrapeJob, b: ScrapeJob): boolean {
  return sameConfig(targetKeys(a), targetKeys(b))
}

function targetKeys(job: ScrapeJob): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(job).filter(([key]) => !otherKeys.has(key)))
}
