import type { Labels } from '../../../labels/index.js'
import { LabelSizeError, type RelabelRule, Relabeler } from '../../../relabel/index.js'
import type { JobReview } from './job-review.js'

const rounds = 5

/** What a rule costs. */
export interface RuleCost {
  readonly review: JobReview
  readonly rule: RelabelRule
  /** For one target that gets as far as the rule. */
  readonly microseconds: number
}

/**
 * Measures the rules of a job on a sample of its targets, each rule alone on what the rules before it leave.
 * What labels cost without any rule is taken off.
 * @param now microseconds
 */
export function ruleCosts(review: JobReview, now: () => number): readonly RuleCost[] {
  const { job, sample } = review
  if (sample.length === 0 || job.relabel_configs.length === 0) return []
  const scheme = job.metric_name_validation_scheme
  const costs: RuleCost[] = []
  let labels: readonly Labels[] = sample
  for (const rule of job.relabel_configs) {
    if (labels.length === 0) break
    let least = Infinity
    let kept: readonly Labels[] = []
    // The least is what the rule takes; more than that is the machine's.
    for (let round = 0; round < rounds; round += 1) {
      const idle = measure(new Relabeler([], scheme), labels, now)
      const busy = measure(new Relabeler([rule], scheme), labels, now)
      least = Math.min(least, busy.took - idle.took)
      kept = busy.kept
    }
    costs.push({ review, rule, microseconds: Math.max(0, least) / labels.length })
    labels = kept
  }
  return costs
}

function measure(
  relabeler: Relabeler,
  labels: readonly Labels[],
  now: () => number,
): { readonly took: number; readonly kept: readonly Labels[] } {
  const start = now()
  const kept = labels.map((one) => {
    try {
      return relabeler.apply(one)
    } catch (error) {
      // Such a target fails, and says so elsewhere.
      if (error instanceof LabelSizeError) return undefined
      throw error
    }
  })
  const took = now() - start
  return { took, kept: kept.filter((one) => one !== undefined) }
}
