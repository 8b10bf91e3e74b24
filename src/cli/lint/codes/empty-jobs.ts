import { formatPlace } from '../../../yaml/index.js'
import { goQuote } from '../../../go/quote.js'
import type { LintCode } from '../code.js'
import type { JobReview } from '../snapshot/job-review.js'

/** M202: jobs without an active target. */
export const emptyJobs: LintCode = {
  code: 'M202',
  title: 'a job with targets of which none is active',
  level: 'warning',
  needs: 'snapshot',
  why: 'The mechanism finds targets, and the rules leave none of them. Prometheus says nothing about that: there are no series that could be missing.',
  cure: 'Look at the rule that the message names.',
  example: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [env]
        regex: prod.*
        action: drop
`,
  cured: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [env]
        regex: prod-old
        action: drop
`,
  targets: [
    [
      { __address__: '10.0.0.1:9100', env: 'prod' },
      { __address__: '10.0.0.2:9100', env: 'prod-old' },
    ],
  ],
  *find({ snapshots }) {
    for (const review of snapshots.flatMap(({ judged }) => judged)) {
      if (review.active > 0) continue
      const { linted, job, discovered } = review
      yield {
        place: linted.placeOf(job, 'job_name'),
        message: `job ${goQuote(job.job_name)} has 0 active of ${String(discovered)} discovered targets: ${reasonFor(review)}`,
      }
    }
  },
}

function reasonFor({ dropped, failed, linted, job }: JobReview): string {
  const most = Math.max(0, ...dropped)
  if (failed.count > most) return `${String(failed.count)} cannot be made (${failed.example})`
  const rule = job.relabel_configs[dropped.indexOf(most)]
  const where = rule === undefined ? '' : ` (${formatPlace(linted.placeOf(rule))})`
  return `rule ${String(dropped.indexOf(most) + 1)}${where} drops ${String(most)}`
}
