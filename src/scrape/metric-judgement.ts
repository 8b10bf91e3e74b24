import { type Labels, labelValue } from '../labels/index.js'
import { goQuote } from '../go/quote.js'
import { isLabelName, isUtf8, Relabeler, type RelabelStep } from '../relabel/index.js'
import type { Place } from '../yaml/index.js'
import type { NumberedRule } from './judgement.js'

/** What of a scrape config decides which samples of its targets are kept, and under which labels. */
export interface MetricRules {
  readonly metric_relabel_configs: Relabeler['rules']
  /** Left out where the job is from no file. */
  readonly metric_rule_places?: readonly Place[]
  readonly metric_name_validation_scheme: Relabeler['scheme']
}

/** What becomes of one sample. */
export type SampleVerdict =
  | { readonly kind: 'kept'; readonly labels: Labels }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'failed'; readonly fault: string }

/** Says what `metric_relabel_configs` make of the series of a target, as the scrape loop of Prometheus does. */
export class MetricJudge {
  readonly #job: MetricRules
  readonly #relabeler: Relabeler

  /** @throws {PatternError} when a rule cannot be compiled */
  constructor(job: MetricRules) {
    this.#job = job
    this.#relabeler = new Relabeler(job.metric_relabel_configs, job.metric_name_validation_scheme)
  }

  /**
   * @param labels the series as it comes to the rules: its own labels, `__name__` among them, and those of
   * its target
   */
  verdict(labels: Labels): SampleVerdict {
    const made = this.#relabeler.apply(labels)
    // scrape.go: a sample without any label is dropped; one without a name fails the whole scrape.
    if (made === undefined || Object.keys(made).length === 0) return { kind: 'dropped' }
    const fault = this.#fault(made)
    return fault === undefined ? { kind: 'kept', labels: made } : { kind: 'failed', fault }
  }

  /** The rule that drops a sample; undefined where none does. */
  droppedBy(labels: Labels): NumberedRule | undefined {
    const index = this.explain(labels).findIndex(({ keep }) => !keep)
    return index < 0 ? undefined : this.rule(index)
  }

  /** What every rule makes of a sample. */
  explain(labels: Labels): readonly RelabelStep[] {
    return this.#relabeler.explain(labels)
  }

  /** @param index in `metric_relabel_configs`, from 0 */
  rule(index: number): NumberedRule | undefined {
    const rule = this.#job.metric_relabel_configs[index]
    return rule && { number: index + 1, rule, place: this.#job.metric_rule_places?.[index] }
  }

  #fault(labels: Labels): string | undefined {
    const name = labelValue(labels, '__name__')
    if (name === '') return 'missing metric name (__name__ label)'
    const scheme = this.#job.metric_name_validation_scheme
    const isValid =
      isMetricName(name, scheme) &&
      Object.entries(labels).every(([key, value]) => isLabelName(key, scheme) && isUtf8(value))
    return isValid ? undefined : `invalid metric name or label names: ${shown(labels)}`
  }
}

/** A metric name may have colons, unlike the name of a label. */
function isMetricName(name: string, scheme: Relabeler['scheme']): boolean {
  return scheme === 'utf8' ? isUtf8(name) : /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)
}

function shown(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${goQuote(value)}`)
  return `{${pairs.join(', ')}}`
}
