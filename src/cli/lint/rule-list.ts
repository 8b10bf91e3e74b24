import type { AlertmanagerConfig, Config, ScrapeConfig } from '../../config/index.js'
import type { DiscoveryConfig } from '../../discovery/index.js'
import { goQuote } from '../../go/quote.js'
import type { NameScheme, RelabelRule } from '../../relabel/index.js'
import type { Place, Places } from '../../yaml/index.js'

/** What a list of rules is applied to. */
export type RuleKind = 'targets' | 'alertmanagers' | 'samples' | 'sent samples' | 'alerts'

/** One list of relabel rules of a config. */
export interface RuleList {
  readonly kind: RuleKind
  /** For messages: `job "node"` */
  readonly owner: string
  readonly rules: readonly RelabelRule[]
  readonly scheme: NameScheme
  /** What finds the targets; none where the rules are for something else. */
  readonly discovery: readonly DiscoveryConfig[]
  /** The job that the list is of. */
  readonly job?: ScrapeConfig
}

/** A config that is linted. */
export interface LintedConfig {
  readonly config: Config
  readonly lists: readonly RuleList[]
  /** Where a value of the config stands, or a key of it; where that was left out, where the whole does. */
  readonly placeOf: (value: object, key?: string) => Place
}

/** @param places where everything in the config stands */
export function lintedConfig(config: Config, places: Places): LintedConfig {
  const scheme = config.global.metric_name_validation_scheme || 'utf8'
  return {
    config,
    lists: [
      ...config.jobs.flatMap(listsOfJob),
      ...config.alerting.alertmanagers.flatMap((section, i) =>
        listsOfAlertmanager(section, i, scheme),
      ),
      {
        kind: 'alerts',
        owner: 'alerting',
        rules: config.alerting.alert_relabel_configs,
        scheme,
        discovery: [],
      },
      ...config.remote_write.map((remote, i): RuleList => {
        const rules = remote.write_relabel_configs
        return {
          kind: 'sent samples',
          owner: `remote_write ${String(i + 1)}`,
          rules,
          scheme,
          discovery: [],
        }
      }),
    ],
    placeOf: (value, key) =>
      places.of(value, key) ?? { file: config.file, line: 1, column: 1, path: '' },
  }
}

function listsOfJob(job: ScrapeConfig): readonly RuleList[] {
  const { discovery, metric_name_validation_scheme: scheme } = job
  const owner = `job ${goQuote(job.job_name)}`
  return [
    { kind: 'targets', owner, rules: job.relabel_configs, scheme, discovery, job },
    { kind: 'samples', owner, rules: job.metric_relabel_configs, scheme, discovery: [], job },
  ]
}

function listsOfAlertmanager(
  section: AlertmanagerConfig,
  index: number,
  scheme: NameScheme,
): readonly RuleList[] {
  const { discovery } = section
  const owner = `alertmanager config ${String(index + 1)}`
  return [
    { kind: 'alertmanagers', owner, rules: section.relabel_configs, scheme, discovery },
    { kind: 'alerts', owner, rules: section.alert_relabel_configs, scheme, discovery: [] },
  ]
}
