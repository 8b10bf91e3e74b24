import type { LintCode } from '../code.js'
import type { Complaint } from '../finding.js'
import type { JobReview } from '../snapshot/job-review.js'

/** M201: rules that did nothing to any target of the snapshot. */
export const idleRules: LintCode = {
  code: 'M201',
  title: 'a rule that keeps nothing, drops nothing or never matches',
  level: 'warning',
  needs: 'snapshot',
  why: 'A `keep` that lets no target through leaves the job without targets. A `drop` that drops nothing and a `replace` whose regex matches no target may be there for targets to come; more often they have a typing error.',
  cure: 'Compare the expression with the values that the targets have: `muster why` shows them.',
  example: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [env]
        regex: production
        action: keep
`,
  cured: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [env]
        regex: prod
        action: keep
`,
  targets: [
    [
      { __address__: '10.0.0.1:9100', env: 'prod' },
      { __address__: '10.0.0.2:9100', env: 'prod' },
    ],
  ],
  *find({ snapshots }) {
    for (const review of snapshots.flatMap(({ judged }) => judged)) yield* idleIn(review)
  },
}

function* idleIn(review: JobReview): Iterable<Complaint> {
  const { job, linted } = review
  for (const [i, rule] of job.relabel_configs.entries()) {
    const reached = review.reached(i)
    if (reached === 0) return
    const dropped = review.dropped[i] ?? 0
    const all = `any of the ${String(reached)} targets that get here`
    const place = linted.placeOf(rule)
    const isKeep = rule.action.startsWith('keep')
    if (isKeep && dropped === reached) {
      const message = `this ${rule.action} does not keep ${all}; compare its regex with their values`
      yield { place, message }
      return
    }
    if (rule.action.startsWith('drop') && dropped === 0) {
      yield { place, level: 'note', message: `this ${rule.action} does not drop ${all}` }
    } else if (review.matched[i] === false) {
      yield { place, level: 'note', message: `this ${rule.action} does not match ${all}` }
    }
  }
}
