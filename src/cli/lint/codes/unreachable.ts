import { RuleRegex, type RelabelRule } from '../../../relabel/index.js'
import { formatPlace } from '../../../yaml/index.js'
import type { LintCode } from '../code.js'
import { takesEverything } from '../regex-tree.js'

/** M101: rules after one that drops everything. */
export const unreachable: LintCode = {
  code: 'M101',
  title: 'a rule after one that drops everything',
  level: 'warning',
  needs: 'config',
  why: 'Rules run from the first to the last, and a target that one drops never gets to those below it. A rule that drops everything makes the rest of the list dead text, and the job has no targets.',
  cure: 'Give the rule that drops everything the label and the expression that it was meant to have, or remove what follows it.',
  example: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [env]
        action: drop
      - source_labels: [rack]
        target_label: place
`,
  cured: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [env]
        regex: test
        action: drop
      - source_labels: [rack]
        target_label: place
`,
  *find({ configs }) {
    for (const { lists, placeOf } of configs) {
      for (const { rules } of lists) {
        const at = rules.findIndex(dropsEverything)
        const [wall, next] = [rules[at], rules[at + 1]]
        if (wall === undefined || next === undefined) continue
        const more = rules.length - at - 2
        const also =
          more === 0
            ? ''
            : `, nor ${more === 1 ? 'is the one' : `are the ${String(more)}`} after it`
        yield {
          place: placeOf(next),
          message: `this rule is never reached${also}: the ${wall.action} at ${formatPlace(placeOf(wall))} drops everything; give that one its label and regex, or remove what follows it`,
        }
      }
    }
  },
}

function dropsEverything(rule: RelabelRule): boolean {
  const { action, source_labels: sources = [] } = rule
  if (action !== 'keep' && action !== 'drop') return false
  const regex = new RuleRegex(rule)
  // Without source labels the value is the empty text.
  if (sources.length === 0) return regex.matches('') === (action === 'drop')
  return action === 'drop' && takesEverything(regex.tree)
}
