import type { Labels } from '../../labels/index.js'
import type { RelabelRule } from '../../relabel/index.js'
import type { SelectionCache } from '../lists/name-selections.js'
import { CompiledJob, type RelabelResult } from '../targets/compiled-job.js'
import type { Target } from '../targets/target.js'
import type { Steps } from '../../waiting/turns.js'
import { discoveredOf } from './item.js'
import { activeOf, isDropped, type Rows } from './rows.js'
import { targetId } from './target-id.js'

/** A target that other rules make something else of. */
export interface TrialExample {
  /** What it would be then: `kept` and `changed` targets are active. */
  readonly change: 'kept' | 'dropped' | 'failed' | 'changed'
  readonly id: string
  readonly discoveredLabels: Labels
  /** Its labels now; only where it is active. */
  readonly before?: Labels
  /** Its labels then; only where it would be active. */
  readonly after?: Labels
  /** The rule that would drop it, from 1. */
  readonly rule?: number
  /** Why no target could be made of it. */
  readonly error?: string
}

/** What other rules would make of the targets of a job. */
export interface RuleTrial {
  /** How many discovered targets there are, and how many of them were looked at within the time. */
  readonly total: number
  readonly checked: number
  /** How many would be active, dropped, and could not be made. */
  readonly kept: number
  readonly dropped: number
  readonly failed: number
  /** How many would be something else than they are, or have other labels. */
  readonly changed: number
  readonly examples: readonly TrialExample[]
}

/** Of each kind of change. */
const mostExamples = 5
const stride = 32
const stepsBetween = 200_000

/**
 * Tries rules on every target of a job, by the code that makes targets.
 * @param isOver whether the time is used up: what was found so far is the answer then
 * @throws {PatternError} when a rule cannot be compiled
 */
export function* tryRules(
  rows: Rows,
  rules: readonly RelabelRule[],
  selections: SelectionCache,
  isOver: () => boolean,
): Steps<RuleTrial> {
  const job = rows.spans[0]?.pool.jobOfTargets
  const counts = { active: 0, dropped: 0, failed: 0, changed: 0 }
  const examples: TrialExample[] = []
  const shown = new Map<TrialExample['change'], number>()
  let checked = 0
  if (job === undefined)
    return { total: 0, checked, kept: 0, dropped: 0, failed: 0, changed: 0, examples }
  const compiled = new CompiledJob({ ...job, relabel_configs: rules })
  for (; checked < rows.size; checked += 1) {
    if (checked % stride === stride - 1 || compiled.relabeler.work.done > stepsBetween) {
      yield
      if (isOver()) break
    }
    const row = rows.at(checked)
    const { targets, holder } = row.range
    const now = activeOf(row)
    // The same target of another group is counted there.
    if (now !== undefined && !now.isListedBy(holder)) continue
    const labels = compiled.labelsOf(targets.discovered)
    const then = labels.relabeled(row.at)
    counts[kindOf(then)] += 1
    const change = changeOf(now, isDropped(row), then)
    if (change === undefined) continue
    counts.changed += 1
    const before = shown.get(change) ?? 0
    if (before === mostExamples) continue
    shown.set(change, before + 1)
    const discoveredLabels = discoveredOf(row)
    const publicOf = ({ list, values }: Pick<Target, 'list' | 'values'>): Labels =>
      selections.of(list).publicLabels.labels(values)
    examples.push({
      change,
      id: targetId(job.job_name, discoveredLabels),
      discoveredLabels,
      ...(now && { before: publicOf(now) }),
      ...(then.kind === 'active' && { after: publicOf(then.labels) }),
      ...(then.kind === 'dropped' && { rule: (labels.droppedBy(row.at) ?? -1) + 1 }),
      ...(then.kind === 'failed' && { error: then.fault }),
      ...(then.kind === 'heavy' && { error: 'the rules take too long for this target' }),
    })
  }
  const { active: kept, dropped, failed, changed } = counts
  return { total: rows.size, checked, kept, dropped, failed, changed, examples }
}

function kindOf({ kind }: RelabelResult): 'active' | 'dropped' | 'failed' {
  return kind === 'heavy' ? 'failed' : kind
}

function changeOf(
  now: Target | undefined,
  wasDropped: boolean,
  then: RelabelResult,
): TrialExample['change'] | undefined {
  if (then.kind === 'active') {
    if (now === undefined) return 'kept'
    return now.is(then.labels.list, then.labels.values) ? undefined : 'changed'
  }
  if (then.kind === 'dropped') return wasDropped ? undefined : 'dropped'
  return now === undefined && !wasDropped ? undefined : 'failed'
}
