import type { ScrapeConfig } from '../../../config/index.js'
import { fingerprint } from '../../../discovery/index.js'
import { goQuote } from '../../../go/quote.js'
import { formatPlace, sameConfig } from '../../../yaml/index.js'
import type { LintCode } from '../code.js'

/** M109: jobs that scrape the same targets in the same way. */
export const sameJob: LintCode = {
  code: 'M109',
  title: 'two jobs with the same discovery and the same rules',
  level: 'warning',
  needs: 'config',
  why: 'Both jobs find the same targets, and scrape each of them at the same URL: twice the load and twice the series, under two names.',
  cure: 'Remove one of them, or the half of the discovery that was copied along. Jobs that differ in path, parameters, scheme, credentials or rules are not found.',
  example: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
  - job_name: node-copy
    file_sd_configs:
      - files: [nodes.json]
`,
  cured: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
  - job_name: blackbox
    metrics_path: /probe
    file_sd_configs:
      - files: [nodes.json]
`,
  *find({ configs }) {
    for (const { config, placeOf } of configs) {
      const seen = new Map<string, ScrapeConfig[]>()
      for (const job of config.jobs) {
        if (job.discovery.length === 0) continue
        // Comparing all with all would take long for a thousand jobs.
        const key = JSON.stringify([
          job.metrics_path,
          job.scheme,
          job.params,
          job.discovery.map(fingerprint),
          job.relabel_configs.map(({ action, target_label }) => [action, target_label]),
        ])
        const alike = seen.get(key) ?? []
        const first = alike.find((other) => isSameJob(job, other))
        if (first === undefined) {
          seen.set(key, [...alike, job])
          continue
        }
        const where = formatPlace(placeOf(first, 'job_name'))
        yield {
          place: placeOf(job, 'job_name'),
          message: `job ${goQuote(job.job_name)} finds and scrapes the same targets as job ${goQuote(first.job_name)} (${where}); remove one of them`,
        }
      }
    }
  },
}

function isSameJob(a: ScrapeConfig, b: ScrapeConfig): boolean {
  return sameConfig(partsOf(a), partsOf(b))
}

function partsOf(job: ScrapeConfig): readonly unknown[] {
  return [
    job.metrics_path,
    job.scheme,
    job.params,
    job.relabel_configs,
    job.metric_relabel_configs,
    job.http,
    job.discovery.map(({ mechanism, config }) => [mechanism.name, config]),
  ]
}
