import path from 'node:path'
import type { ScrapeConfig } from '../../../config/index.js'
import { formatDuration, parseDuration } from '../../../go/model-duration.js'
import type { FileConfig } from '../../../mechanisms/file/index.js'
import { templateOf } from '../../../relabel/index.js'
import { type LintCode, shown } from '../code.js'
import type { Complaint } from '../finding.js'
import type { LintedConfig } from '../rule-list.js'

/** M110: files that are not watched, polls without a pause, timeouts that become too long. */
export const intervals: LintCode = {
  code: 'M110',
  title:
    'a folder wildcard in file_sd_configs, a refresh_interval below 1s, a timeout that may exceed its interval',
  level: 'warning',
  needs: 'config',
  why: 'Folders with a wildcard in their name are not watched: a new file is found when `refresh_interval` is over, five minutes by default. A `refresh_interval` below a second asks the server without a pause. A rule that sets `__scrape_interval__` below the `scrape_timeout` of the job makes targets that cannot be scraped.',
  cure: 'Name the folders; poll every few seconds at most; set `__scrape_timeout__` beside `__scrape_interval__`.',
  example: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: ['team-[ab]/*.json']
`,
  cured: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: ['team-a/*.json', 'team-b/*.json']
`,
  *find({ configs }) {
    for (const linted of configs) {
      const { config } = linted
      for (const section of [...config.jobs, ...config.alerting.alertmanagers]) {
        for (const { mechanism, config: own } of section.discovery) {
          if (mechanism.name === 'file') yield* faultsOfFiles(own as FileConfig, linted)
          yield* faultsOfRefresh(own, linted)
        }
      }
      for (const job of config.jobs) yield* faultsOfTimeout(job, linted)
    }
  },
}

function* faultsOfFiles(
  { files }: FileConfig,
  { placeOf, config }: LintedConfig,
): Iterable<Complaint> {
  for (const [i, pattern] of files.entries()) {
    // The folder of the config is a name, whatever is in it.
    const own = path.relative(path.dirname(path.resolve(config.file)), path.resolve(pattern))
    if (!/[*?[]/.test(path.dirname(own))) continue
    yield {
      place: placeOf(files, String(i)),
      message: `the folder in ${shown(own)} has a wildcard, so it is not watched, and new files are found only when refresh_interval is over; name each folder`,
    }
  }
}

function* faultsOfRefresh(section: unknown, { placeOf }: LintedConfig): Iterable<Complaint> {
  if (typeof section !== 'object' || section === null || !('refresh_interval' in section)) return
  const { refresh_interval: ms } = section
  if (typeof ms !== 'number' || ms <= 0 || ms >= 1000) return
  yield {
    place: placeOf(section, 'refresh_interval'),
    message: `a refresh_interval of ${formatDuration(ms)} asks without a pause; 1s is the least that makes sense, and 30s or more is common`,
  }
}

/** What rules do to one of the two durations of a target. */
interface Setting {
  /** A rule sets it to what a label says. */
  readonly isOpen: boolean
  /** What rules may set it to; milliseconds. */
  readonly values: readonly number[]
}

function* faultsOfTimeout(job: ScrapeConfig, { placeOf }: LintedConfig): Iterable<Complaint> {
  const interval = settingOf('__scrape_interval__', job)
  const timeout = settingOf('__scrape_timeout__', job)
  const rule = job.relabel_configs.findLast(({ target_label: name }) =>
    /^__scrape_(?:interval|timeout)__$/.test(name),
  )
  if (rule === undefined) return
  const place = placeOf(rule)
  if (interval.isOpen && !isSet(timeout)) {
    yield {
      place,
      message: `a target whose interval becomes shorter than the timeout of ${formatDuration(job.scrape_timeout)} cannot be scraped; set __scrape_timeout__ as well`,
    }
    return
  }
  // Which of several goes with which of the other is for the rules to know.
  if (interval.isOpen || timeout.isOpen) return
  if (interval.values.length > 1 && timeout.values.length > 1) return
  const every = Math.min(...(isSet(interval) ? interval.values : [job.scrape_interval]))
  const most = Math.max(...(isSet(timeout) ? timeout.values : [job.scrape_timeout]))
  if (most <= every) return
  yield {
    place,
    message: `a target may get an interval of ${formatDuration(every)} and a timeout of ${formatDuration(most)}, and cannot be scraped then; set both, the timeout no longer than the interval`,
  }
}

function isSet({ isOpen, values }: Setting): boolean {
  return isOpen || values.length > 0
}

function settingOf(name: string, job: ScrapeConfig): Setting {
  const rules = job.relabel_configs.filter((rule) => rule.target_label === name)
  const texts = rules.map(({ replacement }) => replacement)
  const isOpen = texts.some((text) => templateOf(text).references.length > 0)
  return { isOpen, values: texts.flatMap((text) => durationOf(text) ?? []) }
}

function durationOf(text: string): number | undefined {
  try {
    return parseDuration(text)
  } catch {
    // A target that gets it fails, and says so.
    return undefined
  }
}
