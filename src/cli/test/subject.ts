import type { Config, ScrapeConfig } from '../../config/index.js'
import type { Labels } from '../../labels/index.js'
import { AlertmanagerJudge } from '../../notifier/judgement.js'
import {
  type CompiledRules,
  LabelSizeError,
  type RelabelRule,
  type RelabelStep,
} from '../../relabel/index.js'
import { type JudgedGroup, JobJudge } from '../../scrape/judgement.js'
import { MetricJudge } from '../../scrape/metric-judgement.js'
import type { Place } from '../../yaml/index.js'

/** What became of one label set. */
export type Outcome =
  | {
      readonly kind: 'active'
      /** All labels after relabelling, but for `__meta_` ones of targets. */
      readonly labels: Labels
      readonly publicLabels: Labels
      /** Samples have none. */
      readonly url: string | undefined
    }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'failed'; readonly fault: string }

/** A rule as the failure of a test names it. */
export interface RuleName {
  /** From 1. */
  readonly number: number
  readonly place: Place | undefined
}

/** One label set that was put to the rules; what is asked for less often is found out then. */
export interface Judged {
  readonly outcome: Outcome
  /** The labels before the rules. */
  discovered(): Labels
  /** The rule that dropped it; undefined where none did. */
  droppedBy(): RuleName | undefined
  /** What every rule made of it; a text where that cannot be told. */
  explain(): readonly RelabelStep[] | string
}

/** A list of rules that label sets are put to. */
export interface Subject {
  /** `job "node"` */
  readonly name: string
  /** The key of the list in the config: `relabel_configs`. */
  readonly key: string
  readonly rules: readonly RelabelRule[]
  readonly places: readonly Place[]
  judge(labels: Labels, shared?: Labels): Judged
}

/** The targets of a job. */
export function targetSubject(job: ScrapeConfig, known: CompiledRules): Subject {
  const judge = new JobJudge(job, { known })
  return {
    name: `job ${JSON.stringify(job.job_name)}`,
    key: 'relabel_configs',
    rules: job.relabel_configs,
    places: job.rule_places,
    judge: (target, labels = {}) => {
      const group = judge.group({ source: '', labels, targets: [target] })
      return {
        outcome: outcomeOf(judge, group),
        discovered: () => group.discovered(),
        droppedBy: () => group.droppedBy(),
        explain: () => {
          const explanation = group.explain()
          return explanation.kind === 'steps' ? explanation.steps : explanation.fault
        },
      }
    },
  }
}

function outcomeOf(judge: JobJudge, group: JudgedGroup): Outcome {
  const verdict = group.verdict()
  switch (verdict.kind) {
    case 'active':
      return {
        kind: 'active',
        labels: verdict.labels.list.labels(verdict.labels.values),
        publicLabels: judge.publicLabels(verdict.labels),
        url: judge.scrapeUrl(verdict.labels),
      }
    case 'dropped':
    case 'failed':
      return verdict
    case 'heavy':
      // Only with a limit, which there is none here.
      return { kind: 'failed', fault: 'the rules take too long for these labels' }
  }
}

/** The samples of a job. */
export function sampleSubject(job: ScrapeConfig): Subject {
  const judge = new MetricJudge(job)
  return {
    name: `job ${JSON.stringify(job.job_name)}, metrics`,
    key: 'metric_relabel_configs',
    rules: job.metric_relabel_configs,
    places: job.metric_rule_places,
    judge: (labels) => ({
      outcome: orFailed(() => {
        const verdict = judge.verdict(labels)
        return verdict.kind === 'kept'
          ? { kind: 'active', labels: verdict.labels, publicLabels: verdict.labels, url: undefined }
          : verdict
      }),
      discovered: () => labels,
      droppedBy: () => judge.droppedBy(labels),
      explain: () => orText(() => judge.explain(labels)),
    }),
  }
}

/** The Alertmanagers of a section. */
export function alertmanagerSubject(
  { alerting, global, alertmanager_rule_places }: Config,
  index: number,
): Subject | undefined {
  const section = alerting.alertmanagers[index]
  if (section === undefined) return undefined
  const places = alertmanager_rule_places[index] ?? []
  const scheme = global.metric_name_validation_scheme || 'utf8'
  const judge = new AlertmanagerJudge(section, scheme, places)
  return {
    name: `alertmanagers ${String(index)}`,
    key: 'relabel_configs',
    rules: section.relabel_configs,
    places,
    judge: (target, shared) => ({
      outcome: alertmanagerOutcome(judge, target, shared),
      discovered: () => judge.discovered(target, shared),
      droppedBy: () => {
        const steps = orText(() => judge.explain(target, shared))
        const at = typeof steps === 'string' ? -1 : steps.findIndex(({ keep }) => !keep)
        return at < 0 ? undefined : judge.rule(at)
      },
      explain: () => orText(() => judge.explain(target, shared)),
    }),
  }
}

function alertmanagerOutcome(
  judge: AlertmanagerJudge,
  target: Labels,
  shared: Labels | undefined,
): Outcome {
  const verdict = judge.verdict(target, shared)
  if (verdict.kind !== 'active') return verdict
  const { labels, url } = verdict
  const own = Object.entries(labels)
  return {
    kind: 'active',
    labels: Object.fromEntries(own.filter(([name]) => !name.startsWith('__meta_'))),
    publicLabels: Object.fromEntries(own.filter(([name]) => !name.startsWith('__'))),
    url,
  }
}

function orFailed(judge: () => Outcome): Outcome {
  try {
    return judge()
  } catch (error) {
    if (!(error instanceof LabelSizeError)) throw error
    return { kind: 'failed', fault: error.message }
  }
}

/** Labels that are too long have no explanation. */
function orText<T>(explain: () => T): T | string {
  try {
    return explain()
  } catch (error) {
    if (!(error instanceof LabelSizeError)) throw error
    return error.message
  }
}
