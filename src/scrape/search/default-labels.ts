import { formatDuration } from '../../go/model-duration.js'
import type { ScrapeJob } from '../job.js'

/** The labels that every target of a job has unless discovery brings its own, `__param_` ones included. */
export function defaultsOf(job: ScrapeJob): ReadonlyMap<string, string> {
  const params = Object.entries(job.params).map(
    ([name, values]) => [`__param_${name}`, values[0] ?? ''] as const,
  )
  return new Map([
    ['job', job.job_name],
    ['__scrape_interval__', formatDuration(job.scrape_interval)],
    ['__scrape_timeout__', formatDuration(job.scrape_timeout)],
    ['__metrics_path__', job.metrics_path],
    ['__scheme__', job.scheme],
    ...params,
  ])
}
