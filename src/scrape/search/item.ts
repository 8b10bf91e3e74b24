import { formatUrl } from '../../go/format-url.js'
import { type Labels, labelValue } from '../../labels/index.js'
import { formatPlace } from '../../yaml/index.js'
import { providerOf } from '../group-key.js'
import { urlOf } from '../lists/elements.js'
import type { SelectionCache } from '../lists/name-selections.js'
import { statesIn, type RowState } from './row-list.js'
import { activeOf, faultOf, type GroupFacts, type Row } from './rows.js'
import type { SinceIndex } from './since.js'
import { targetId } from './target-id.js'

/** The rule that drops a target. */
export interface DecidingRule {
  /** Its number among the job's rules, from 1. */
  readonly number: number
  readonly action: string
  /** `prometheus.yml:12:7`; undefined where the config came from no file. */
  readonly place: string | undefined
}

/** A target as the search shows it. */
export interface TargetItem {
  /** See {@link targetId}. */
  readonly id: string
  readonly pool: string
  readonly state: RowState
  /** The guard keeps it: its provider does not name it any more. */
  readonly held?: true
  /** It is from before the start: no live answer has come yet. */
  readonly restored?: true
  /** Only active targets have it. */
  readonly scrapeUrl?: string
  /** Those after relabelling; only active targets have them. */
  readonly labels?: Labels
  readonly discoveredLabels?: Labels
  /** Only dropped targets have it. */
  readonly rule?: DecidingRule
  /** Why no target can be made, or why every target of the pool fails. */
  readonly error?: string
  readonly provider: string
  /** When it became what it is, as far as an event that is kept tells. */
  readonly since?: string
}

export interface ItemContext {
  readonly facts: GroupFacts
  readonly selections: SelectionCache
  readonly since: SinceIndex | undefined
}

/** The labels of a row before relabelling; none where they are too long to be shown. */
export function discoveredOf({ range: { targets }, at }: Row): Labels {
  const found = targets.compiled.labelsOf(targets.discovered).discovered(at)
  return found?.list.labels(found.values) ?? {}
}

/** A row as the search shows it. @param flags its state and marks */
export function itemOf(row: Row, flags: number, context: ItemContext): TargetItem {
  const { pool, range } = row
  const { facts, selections, since } = context
  const { state, isHeld, isRestored } = statesIn(flags)
  const discoveredLabels = discoveredOf(row)
  const target = state === 'active' ? activeOf(row) : undefined
  const own = range.targets.discovered.targets[row.at] ?? {}
  const address = labelValue(own, '__address__')
  const job = pool.name
  const error = state === 'failed' ? faultOf(row) : target && (pool.error || undefined)
  const number = state === 'dropped' ? facts.ruleOf(row) : undefined
  const at = since?.of(job, address, target?.labels() ?? discoveredLabels)
  return {
    id: targetId(job, discoveredLabels),
    pool: job,
    state,
    ...(isHeld && { held: true as const }),
    ...(isRestored && { restored: true as const }),
    ...(target && {
      scrapeUrl: formatUrl(urlOf(target, range.targets.compiled.job, selections)),
      labels: selections.of(target.list).publicLabels.labels(target.values),
    }),
    discoveredLabels,
    ...(number !== undefined && { rule: ruleOf(row, number) }),
    ...(error !== undefined && { error }),
    provider: providerOf(range.holder.key),
    ...(at !== undefined && { since: at }),
  }
}

function ruleOf({ pool, range }: Row, number: number): DecidingRule {
  const rule = range.targets.compiled.job.relabel_configs[number - 1]
  const place = pool.jobOfTargets.rule_places?.[number - 1]
  return { number, action: rule?.action ?? '', place: place && formatPlace(place) }
}
