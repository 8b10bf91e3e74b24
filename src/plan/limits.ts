import type { Plan } from './plan.js'

/** How many targets may go or come: a number over all jobs, or a share of the targets of each job. */
export type Limit =
  | { readonly kind: 'number'; readonly most: number }
  | { readonly kind: 'share'; readonly percent: number }

export interface PlanLimits {
  readonly maxRemoved?: Limit
  readonly maxAdded?: Limit
  /** Jobs that may do what they like. */
  readonly allowed: ReadonlySet<string>
}

/** `5%` or `12`. @returns undefined for anything else */
export function parseLimit(text: string): Limit | undefined {
  const share = /^([0-9]{1,3}(?:\.[0-9]{1,6})?)%$/.exec(text)
  if (share !== null) {
    const percent = Number(share[1])
    return percent <= 100 ? { kind: 'share', percent } : undefined
  }
  return /^[0-9]{1,9}$/.test(text) ? { kind: 'number', most: Number(text) } : undefined
}

/** Where a plan goes beyond the limits, a sentence each. A target that moves to another job does not count. */
export function beyondLimits(plan: Plan, limits: PlanLimits): readonly string[] {
  const { maxRemoved, maxAdded } = limits
  return [
    ...(maxRemoved === undefined
      ? []
      : beyond(plan, limits, maxRemoved, '--max-removed', 'removed')),
    ...(maxAdded === undefined ? [] : beyond(plan, limits, maxAdded, '--max-added', 'added')),
  ]
}

function beyond(
  plan: Plan,
  { allowed }: PlanLimits,
  limit: Limit,
  flag: string,
  kind: 'removed' | 'added',
): readonly string[] {
  const jobs = plan.jobs.filter(({ job }) => !allowed.has(job))
  if (limit.kind === 'number') {
    const all = jobs.reduce((sum, { counts }) => sum + counts[kind], 0)
    return all > limit.most
      ? [`${flag}=${String(limit.most)}: ${String(all)} targets are ${kind}`]
      : []
  }
  const text = `${flag}=${String(limit.percent)}%`
  return jobs.flatMap(({ job, before, counts }) => {
    const count = counts[kind]
    // A job that had no targets, as a new one, cannot have a share of them come.
    if (before === 0 || count * 100 <= before * limit.percent) return []
    return [
      `${text}: job ${JSON.stringify(job)}: ${String(count)} of ${String(before)} targets are ${kind}`,
    ]
  })
}
