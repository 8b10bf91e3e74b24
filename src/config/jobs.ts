import path from 'node:path'
import { goQuote } from '../go/quote.js'
import type { Steps } from '../waiting/turns.js'
import type { Place } from '../yaml/index.js'
import type { ConfigIssues } from './config-issues.js'
import { type GlobalConfig, lenientGlobal } from './sections/global.js'
import {
  checkRulesOf,
  checkScrapeConfig,
  inheritGlobal,
  type ScrapeConfig,
} from './sections/scrape-config.js'
import type { ScrapeSection } from './sections/scrape-section.js'

/** The job names of the whole config, each with the job that has it. */
export type JobNames = Map<string, ScrapeSection>

/** Completes and checks jobs of one file, in steps; adds their names to those seen before. */
export function* completingJobs(
  sections: readonly ScrapeSection[],
  global: GlobalConfig,
  names: JobNames,
  mainFile: string,
  issues: ConfigIssues,
): Steps<readonly ScrapeConfig[]> {
  // Faults of `global` are not to show once more at every job.
  const base = issues.isSound(global) ? global : lenientGlobal()
  const jobs: ScrapeConfig[] = []
  for (const section of sections) {
    const job = inheritGlobal(section, base)
    checkScrapeConfig(job, section, issues)
    checkRulesOf(job, section, issues)
    const first = names.get(section.job_name)
    if (first !== undefined) failDuplicate(section, first, mainFile, issues)
    else if (section.job_name !== '') names.set(section.job_name, section)
    const placesOf = (rules: readonly object[]): readonly Place[] =>
      rules.map((rule) => issues.placeOf(rule))
    jobs.push({
      ...job,
      rule_places: placesOf(section.relabel_configs),
      metric_rule_places: placesOf(section.metric_relabel_configs),
    })
    yield
  }
  return jobs
}

function failDuplicate(
  section: ScrapeSection,
  first: ScrapeSection,
  mainFile: string,
  issues: ConfigIssues,
): void {
  const { file } = issues.placeOf(section)
  const at = issues.placeOf(first, 'job_name')
  const where = `${at.file}:${String(at.line)}:${String(at.column)}`
  const message = `found multiple scrape configs with job name ${goQuote(section.job_name)}`
  const owner = at.file === mainFile ? 'main config file' : goQuote(path.resolve(at.file))
  issues.add(
    section,
    'job_name',
    file === mainFile
      ? `${message} (the first one is at ${where})`
      : `${message}, first found in ${owner} (at ${where})`,
  )
}
