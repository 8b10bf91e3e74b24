import { type RelabelRule, RuleRegex } from '../../../relabel/index.js'
import { type LintCode, shown } from '../code.js'
import type { RuleKind } from '../rule-list.js'

/** M107: `labeldrop` and `labelkeep` that take labels away without which nothing works. */
export const lostLabels: LintCode = {
  code: 'M107',
  title: 'labeldrop or labelkeep that takes away __address__, job or instance',
  level: 'warning',
  needs: 'config',
  why: 'A target without `__address__` cannot be scraped, nor one without `__scrape_interval__`; a sample without `__name__` fails the scrape; and without `job` and `instance` the series of several targets become one. `labelkeep` takes away all that it does not name, labels with two underscores included.',
  cure: 'Write the expression so that it spares them. A `labeldrop` that spells `job` or `instance` out is taken for one that means it.',
  example: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - regex: env|rack
        action: labelkeep
`,
  cured: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - regex: __.*|job|env|rack
        action: labelkeep
`,
  *find({ configs }) {
    for (const { lists, placeOf } of configs) {
      for (const { kind, rules } of lists) {
        for (const rule of rules) {
          const lost = lostBy(rule, kind)
          if (lost.length === 0) continue
          yield {
            place: placeOf(rule, 'regex'),
            message: `this ${rule.action} takes ${lost.join(', ')} away: ${consequence(lost)}; change the regex ${shown(rule.regex ?? '(.*)')}`,
          }
        }
      }
    }
  },
}

const needed: Readonly<Record<RuleKind, readonly string[]>> = {
  targets: [
    '__address__',
    '__scheme__',
    '__metrics_path__',
    '__scrape_interval__',
    '__scrape_timeout__',
  ],
  alertmanagers: ['__address__', '__scheme__', '__alerts_path__'],
  samples: ['__name__'],
  'sent samples': ['__name__'],
  alerts: ['alertname'],
}

const identity: Readonly<Record<RuleKind, readonly string[]>> = {
  // `instance` is set after the last rule where it is not there.
  targets: ['job'],
  alertmanagers: [],
  samples: ['job', 'instance'],
  'sent samples': [],
  alerts: [],
}

function lostBy(rule: RelabelRule, kind: RuleKind): readonly string[] {
  const { action } = rule
  if (action !== 'labeldrop' && action !== 'labelkeep') return []
  const regex = new RuleRegex(rule)
  const isLost = (name: string): boolean => regex.matches(name) === (action === 'labeldrop')
  const isMeant = (name: string): boolean =>
    action === 'labeldrop' && new RegExp(String.raw`(?<!\w)${name}(?!\w)`, 'u').test(regex.source)
  return [
    ...needed[kind].filter(isLost),
    ...identity[kind].filter((name) => isLost(name) && !isMeant(name)),
  ]
}

function consequence(lost: readonly string[]): string {
  if (lost.includes('__name__')) return 'a sample without a name fails the scrape'
  if (lost.includes('alertname')) return 'alerts of different names become one'
  if (lost.includes('__address__')) return 'no target can be made without its address'
  if (lost.some((name) => name.startsWith('__scrape'))) return 'no target can be made without them'
  if (lost.some((name) => name.startsWith('__')))
    return 'the URL is not the configured one any more'
  return 'series of several targets become one'
}
