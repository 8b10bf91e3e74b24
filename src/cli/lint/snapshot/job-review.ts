import type { ScrapeConfig } from '../../../config/index.js'
import type { TargetGroup } from '../../../discovery/index.js'
import { type Labels, labelValue } from '../../../labels/index.js'
import { compileMatch, type RelabelRule, type RuleMatch } from '../../../relabel/index.js'
import { JobJudge, type JudgedGroup } from '../../../scrape/judgement.js'
import type { LintedConfig } from '../rule-list.js'

/** An active target, as the review of all jobs takes it. */
export interface ReviewedTarget {
  readonly publicLabels: Labels
  readonly address: string
  readonly url: string
}

/** A few of many. */
export interface Tally {
  count: number
  example: string
}

/** What the targets of a snapshot say about one job. It keeps counts, and no targets but a sample. */
export class JobReview {
  readonly linted: LintedConfig
  readonly job: ScrapeConfig
  /** Targets before the rules. */
  discovered = 0
  active = 0
  readonly failed: Tally = { count: 0, example: '' }
  /** By rule: how many it dropped. */
  readonly dropped: number[]
  /** By rule: whether its regex matched, and whether it was asked at all. */
  readonly matched: boolean[]
  /** Active targets whose address has no port. */
  readonly withoutPort: Tally = { count: 0, example: '' }
  /** Label sets before the rules. */
  readonly sample: Labels[] = []
  readonly #judge: JobJudge
  readonly #mostSamples: number
  /** By rule: its condition, as long as no target is known to match. */
  readonly #open: (RuleMatch | undefined)[]

  /** @param mostSamples how many targets are kept to measure the rules with */
  constructor(linted: LintedConfig, job: ScrapeConfig, mostSamples: number) {
    this.linted = linted
    this.job = job
    this.#mostSamples = mostSamples
    this.#judge = new JobJudge(job)
    const { relabel_configs: rules } = job
    this.dropped = rules.map(() => 0)
    this.matched = rules.map((rule) => !mayNeverMatch(rule))
    this.#open = rules.map((rule) => (mayNeverMatch(rule) ? compileMatch(rule) : undefined))
  }

  /** How many targets got as far as a rule. */
  reached(rule: number): number {
    return this.dropped.slice(0, rule).reduce((left, count) => left - count, this.discovered)
  }

  /** Takes a group of the snapshot; gives its active targets. */
  *take(group: TargetGroup): Generator<ReviewedTarget> {
    const judged = this.#judge.group(group)
    for (let at = 0; at < judged.size; at += 1) {
      this.discovered += 1
      if (this.sample.length < this.#mostSamples) this.sample.push(judged.discovered(at))
      this.#match(judged, at)
      const verdict = judged.verdict(at)
      switch (verdict.kind) {
        case 'dropped': {
          const index = (judged.droppedBy(at)?.number ?? 0) - 1
          if (index >= 0) this.dropped[index] = (this.dropped[index] ?? 0) + 1
          break
        }
        case 'active': {
          this.active += 1
          const { labels } = verdict
          const address = labelValue(labels.list.labels(labels.values), '__address__')
          if (!hasPort(address)) count(this.withoutPort, address)
          yield {
            publicLabels: this.#judge.publicLabels(labels),
            address,
            url: this.#judge.scrapeUrl(labels),
          }
          break
        }
        case 'failed':
          count(this.failed, verdict.fault)
          break
        case 'heavy':
          count(this.failed, 'the rules take too long')
      }
    }
  }

  #match(judged: JudgedGroup, at: number): void {
    // Rules behind the last open one need not run.
    while (this.#open.length > 0 && this.#open.at(-1) === undefined) this.#open.pop()
    if (this.#open.length === 0) return
    for (const index of judged.matching(at, this.#open)) {
      this.matched[index] = true
      this.#open[index] = undefined
    }
  }
}

/** Rules that do nothing where they match nothing; a keep and a drop are known by what they drop. */
function mayNeverMatch({ action, regex }: RelabelRule): boolean {
  return (action === 'replace' && regex !== undefined) || action === 'labelmap'
}

function count(tally: Tally, example: string): void {
  tally.count += 1
  if (tally.count === 1) tally.example = example
}

function hasPort(address: string): boolean {
  return /:[0-9]+$/.test(address) && !/^[^[\]]*:[^[\]]*:/.test(address)
}
