import { RuleRegex } from '../../../relabel/index.js'
import { type LintCode, shown } from '../code.js'

const reasons = {
  syntax: 'it uses what V8 has not: a Unicode class, (?i) on letters beyond ASCII, (?m) or (?U)',
  groups:
    'V8 would fill its groups in another way: one stands in a repeat, or in what may be empty',
  size: 'it is too long, or has many ways to match',
} as const

/** M106: expressions that leave V8's engine. */
export const slowRegex: LintCode = {
  code: 'M106',
  title: 'a regex that the slow engine has to take',
  level: 'note',
  needs: 'config',
  why: "Muster matches with V8's engine, where that gives the same answer as Prometheus' RE2, and else with RE2 in JavaScript: 20 to 40 times as slow. For a thousand targets that makes no difference; for a million it is a minute.",
  cure: 'Write it without what the message names: `(?:…)` for groups that nothing refers to, `[a-z]` for a Unicode class.',
  example: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [host]
        regex: '\\pL+-\\d+'
        action: keep
`,
  cured: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [host]
        regex: '[a-zA-Z]+-\\d+'
        action: keep
`,
  *find({ configs }) {
    for (const { lists, placeOf } of configs) {
      for (const { kind, rules } of lists) {
        // Those are Prometheus' to apply.
        if (kind === 'samples' || kind === 'sent samples') continue
        for (const rule of rules) {
          const { slowReason: reason, source } = new RuleRegex(rule)
          if (reason === undefined) continue
          yield {
            place: placeOf(rule, 'regex'),
            message: `the regex ${shown(source)} is matched by RE2, 20 to 40 times as slow as V8: ${reasons[reason]}`,
          }
        }
      }
    }
  },
}
