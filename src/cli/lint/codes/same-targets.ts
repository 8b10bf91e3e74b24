import { goQuote } from '../../../go/quote.js'
import { type LintCode, shown } from '../code.js'
import type { Complaint } from '../finding.js'
import type { Duplicate } from '../snapshot/duplicates.js'
import type { JobReview } from '../snapshot/job-review.js'

/** M203: one URL in several jobs, and targets that only their URLs tell apart. */
export const sameTargets: LintCode = {
  code: 'M203',
  title: 'the same URL in several jobs, or the same labels for several URLs',
  level: 'warning',
  needs: 'snapshot',
  why: 'A URL in two jobs is scraped twice, for two sets of the same series (prometheus#451). Targets whose labels are the same write to the same series: Prometheus takes the first sample, and refuses or mixes the others (prometheus#5136). Loopback addresses are left alone.',
  cure: 'Drop the target in one of the jobs; give targets with equal labels a label that tells them apart, `instance` first of all.',
  example: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
  - job_name: production
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [env]
        regex: prod
        action: keep
`,
  cured: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
`,
  targets: [
    [
      { __address__: '10.0.0.1:9100', env: 'prod' },
      { __address__: '10.0.0.2:9100', env: 'test' },
    ],
  ],
  *find({ snapshots }) {
    for (const { sameUrls, sameLabels } of snapshots) {
      for (const same of sameUrls) yield sameUrl(same)
      for (const same of sameLabels) yield sameSeries(same)
    }
  },
}

function sameUrl({ first, second, count, example }: Duplicate<JobReview>): Complaint {
  const what = count === 1 ? 'scrapes a URL' : `scrapes ${String(count)} URLs`
  return {
    place: placeOf(second),
    message: `job ${nameOf(second)} ${what} that job ${nameOf(first)} scrapes too, such as ${shown(example)}; drop the targets in one of them`,
  }
}

function sameSeries({ first, second, count, example }: Duplicate<JobReview>): Complaint {
  const what = count === 1 ? 'a target has' : `${String(count)} targets have`
  const whose = first === second ? 'another one of the job' : `one of job ${nameOf(first)}`
  return {
    place: placeOf(second),
    message: `${what} the same labels as ${whose} with another URL, such as ${shown(example)}, so their series are one; give each a label of its own`,
  }
}

function placeOf({ linted, job }: JobReview): Complaint['place'] {
  return linted.placeOf(job, 'job_name')
}

function nameOf({ job }: JobReview): string {
  return goQuote(job.job_name)
}
