import type { ScrapeConfig } from '../../config/index.js'
import { visibleLine } from '../../go/visible.js'
import { formatDuration } from '../../go/model-duration.js'
import type { Rule } from './rule-file.js'

/** What `--lint` may name. */
export interface Lint {
  readonly duplicateRules: boolean
  readonly tooLongScrapeInterval: boolean
}

/** Reads `--lint`: a list of `duplicate-rules`, `too-long-scrape-interval`, `all` and `none`. */
export function parseLint(written: string): { readonly lint: Lint; readonly unknown: string[] } {
  const words = written.split(',').filter((word) => word !== '')
  const names = ['duplicate-rules', 'too-long-scrape-interval', 'all', 'none']
  const has = (name: string): boolean =>
    !words.includes('none') && (words.includes(name) || words.includes('all'))
  return {
    lint: {
      duplicateRules: has('duplicate-rules'),
      tooLongScrapeInterval: has('too-long-scrape-interval'),
    },
    unknown: words.filter((word) => !names.includes(word)),
  }
}

/** Jobs whose samples are stale before the next ones come. */
export function tooLongIntervals(
  jobs: readonly ScrapeConfig[],
  lookbackMs: number,
): readonly string[] {
  return jobs
    .filter((job) => job.scrape_interval >= lookbackMs)
    .map(
      ({ job_name: name, scrape_interval: interval }) =>
        `too long scrape interval found, data point will be marked as stale - job: ${visibleLine(name)}, interval: ${formatDuration(interval)}`,
    )
}

/** Rules of one name and the same labels; undefined when there are none. */
export function duplicateRules(rules: readonly Rule[]): string | undefined {
  const known = new Set<string>()
  const twice = new Map<string, Rule>()
  for (const rule of rules) {
    const labels = Object.entries(rule.labels).sort(([a], [b]) => (a < b ? -1 : 1))
    const key = JSON.stringify([rule.record || rule.alert, labels])
    if (known.has(key)) twice.set(key, rule)
    known.add(key)
  }
  if (twice.size === 0) return undefined
  const shown = [...twice.values()].map(({ record, alert, labels }) => {
    const lines = Object.entries(labels).map(
      ([name, value]) => `\t${visibleLine(`${name}: ${value}`)}\n`,
    )
    return `Metric: ${visibleLine(record || alert)}\nLabel(s):\n${lines.join('')}`
  })
  return `lint error ${String(twice.size)} duplicate rule(s) found.\n${shown.join('')}Might cause inconsistency while recording expressions`
}
