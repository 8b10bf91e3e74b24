import { type RelabelRule, RuleRegex, templateOf } from '../../../relabel/index.js'
import type { LintCode } from '../code.js'
import type { RuleKind } from '../rule-list.js'

/** M103: labels for the rules alone that no rule reads. */
export const neverRead: LintCode = {
  code: 'M103',
  title: 'a label that is written and never read',
  level: 'warning',
  needs: 'config',
  why: 'Labels that begin with `__` are gone when the last rule of `relabel_configs` has run. One that is none of those Prometheus knows, and that no later rule reads, is work for nothing: mostly the rule that was to read it has another spelling, or stands above.',
  cure: 'Correct the name, move the rule that reads it below, or remove the rule.',
  example: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [host]
        target_label: __tmp_host
      - source_labels: [__tmp_hsot]
        target_label: name
`,
  cured: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [host]
        target_label: __tmp_host
      - source_labels: [__tmp_host]
        target_label: name
`,
  *find({ configs }) {
    for (const { lists, placeOf } of configs) {
      for (const { kind, rules } of lists) {
        for (const [i, rule] of rules.entries()) {
          const name = writtenBy(rule)
          if (name === undefined || !isForRulesOnly(name, kind)) continue
          if (rules.slice(i + 1).some((later) => reads(later, name))) continue
          yield {
            place: placeOf(rule, 'target_label'),
            message:
              name === '__param_'
                ? '__param_ is the parameter of no name; write the name of the parameter after it'
                : `${name} is written here, no rule below reads it, and it is gone after the last rule; correct the name, or remove the rule`,
          }
        }
      }
    }
  },
}

/** The label that a rule sets; undefined where it depends on the target, or is taken away. */
function writtenBy({ action, target_label: name, replacement }: RelabelRule): string | undefined {
  if (action === 'replace') {
    return replacement === '' || templateOf(name).references.length > 0 ? undefined : name
  }
  return setting.has(action) ? name : undefined
}

const setting: ReadonlySet<RelabelRule['action']> = new Set(['hashmod', 'lowercase', 'uppercase'])

const known: Readonly<Record<'targets' | 'alertmanagers', RegExp>> = {
  targets:
    /^__(?:address|scheme|metrics_path|scrape_[a-z_]+|convert_classic_histograms_to_nhcb|always_scrape_classic_histograms)__$|^__param_./u,
  alertmanagers: /^__(?:address|scheme|alerts_path)__$/u,
}

function isForRulesOnly(name: string, kind: RuleKind): boolean {
  if (kind !== 'targets' && kind !== 'alertmanagers') return false
  return name.startsWith('__') && !known[kind].test(name)
}

function reads(rule: RelabelRule, name: string): boolean {
  const { action, source_labels: sources = [], target_label: target } = rule
  if (sources.includes(name)) return true
  if (action === 'keepequal' || action === 'dropequal') return target === name
  return /^label(?:map|drop|keep)$/.test(action) && new RuleRegex(rule).matches(name)
}
