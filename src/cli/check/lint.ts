import type { ScrapeConfig } from '../../config/index.js'
import { visibleLine } from '../../go/visible.js'
import { formatDuration } from '../../go/model-duration.js'
import { lintCodes } from '../lint/codes/index.js'
import type { Rule } from './rule-file.js'

/** What `--lint` may name. */
export interface Lint {
  readonly duplicateRules: boolean
  readonly tooLongScrapeInterval: boolean
  /** Codes of `muster lint`; `all` is promtool's word and means none of them. */
  readonly codes: ReadonlySet<string>
}

/** A list of `--lint` as it was read. */
export interface ParsedLint {
  readonly lint: Lint
  readonly unknown: readonly string[]
}

/**
 * Reads `--lint` of `check config`: a list of `duplicate-rules`, `too-long-scrape-interval`, `all`, `none`,
 * and of `muster lint`'s codes, or `muster` for all of those.
 */
export function parseLint(written: string): ParsedLint {
  const words = wordsOf(written)
  const codes = new Set(lintCodes.map(({ code }) => code))
  const names = ['duplicate-rules', 'too-long-scrape-interval', 'all', 'none', 'muster', ...codes]
  const isOff = words.includes('none')
  const has = (name: string): boolean => words.includes(name) || words.includes('all')
  const wanted = words.includes('muster') ? [...codes] : words.filter((word) => codes.has(word))
  return {
    lint: {
      duplicateRules: !isOff && has('duplicate-rules'),
      tooLongScrapeInterval: !isOff && has('too-long-scrape-interval'),
      codes: new Set(isOff ? [] : wanted),
    },
    unknown: words.filter((word) => !names.includes(word)),
  }
}

/** Reads `--lint` of `check rules`, where promtool takes `none` for nothing beside another word. */
export function parseRulesLint(written: string): ParsedLint {
  const words = wordsOf(written)
  return {
    lint: {
      duplicateRules: words.includes('duplicate-rules') || words.includes('all'),
      tooLongScrapeInterval: false,
      codes: new Set(),
    },
    unknown: words.filter((word) => !['duplicate-rules', 'all', 'none'].includes(word)),
  }
}

function wordsOf(written: string): readonly string[] {
  return written.split(',').filter((word) => word !== '')
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
