import { visibleLine } from '../../go/visible.js'
import type {
  ChangedTarget,
  JobPlan,
  LabelChange,
  Plan,
  Reason,
  RuleName,
  UnknownProvider,
} from '../../plan/index.js'

/** `12 targets`, `1 job`, `0 jobs` */
export function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** `2 jobs change: -14 targets, +0, 118 relabelled`, or `Nothing changes.` */
export function headline(plan: Plan, minus = '-'): string {
  const { added, removed, relabelled, asked, moved } = plan.totals
  const others = [
    ...(asked > 0 ? [`${String(asked)} scraped in another way`] : []),
    ...(moved > 0 ? [`${String(moved)} moved to another job`] : []),
    ...(plan.alertmanagers.length > 0
      ? [`${counted(plan.alertmanagers.length, 'section')} of Alertmanagers`]
      : []),
    ...(plan.unknown.length > 0 ? [`${counted(plan.unknown.length, 'provider')} unknown`] : []),
  ]
  const jobs = plan.jobs.length
  if (jobs === 0) {
    return others.length === 0 ? 'Nothing changes.' : ['no job changes', ...others].join(', ')
  }
  const first = `${counted(jobs, 'job')} ${jobs === 1 ? 'changes' : 'change'}`
  const targets = `${minus}${counted(removed, 'target')}, +${String(added)}, ${String(relabelled)} relabelled`
  return [`${first}: ${targets}`, ...others].join(', ')
}

/** `rule 2 (prometheus.yml:24:9)`, `rule 2 of the old config (old.yml:24:9)` */
export function ruleText({ rule, config, place }: RuleName): string {
  const whose = config === 'before' ? ' of the old config' : ''
  return `rule ${String(rule)}${whose}${place === undefined ? '' : ` (${place})`}`
}

/** Why a target goes. */
export function reasonText(reason: Reason | undefined): string {
  if (reason === undefined) return 'not discovered here any more'
  if (reason.kind === 'failed') return `cannot be made: ${reason.fault}`
  return reason.by === undefined ? 'dropped by a rule' : `dropped by ${ruleText(reason.by)}`
}

/** Why a target that comes was not there. */
export function earlierText(reason: Reason | undefined): string {
  if (reason === undefined) return 'discovered here now'
  if (reason.kind === 'failed') return `could not be made: ${reason.fault}`
  return reason.by === undefined ? 'was dropped by a rule' : `was dropped by ${ruleText(reason.by)}`
}

function orNone(text: string | null): string {
  return text === null ? 'none' : JSON.stringify(text)
}

/** `env: "test" → "prod"` */
export function changeText({ label, before, after, by }: LabelChange): string {
  const rule = by === undefined ? '' : `, ${ruleText(by)}`
  return `${label}: ${orNone(before)} → ${orNone(after)}${rule}`
}

/** A change of a target that no label shows is one of its URL. */
export function changesText({ before, after, changes }: ChangedTarget): readonly string[] {
  if (changes.length > 0) return changes.map(changeText)
  return [`URL: ${before.scrapeUrl} → ${after.scrapeUrl}`]
}

/** What of a job's numbers are to be said beside its lists. */
export function countsText({ kind, before, after, counts, failing }: JobPlan): string {
  const { added, removed, relabelled, asked, moved } = counts
  const parts = [
    removed > 0 && `${String(removed)} removed`,
    added > 0 && `${String(added)} added`,
    relabelled > 0 && `${String(relabelled)} relabelled`,
    asked > 0 && `${String(asked)} scraped in another way`,
    moved > 0 && `${String(moved)} moved to another job`,
    failing.after > failing.before && `${String(failing.after)} cannot be made`,
  ].filter((part) => part !== false)
  const what = kind === 'new' ? 'new, ' : kind === 'gone' ? 'gone, ' : ''
  const targets =
    before === after ? counted(after, 'target') : `${String(before)} → ${counted(after, 'target')}`
  return `${what}${[targets, ...parts].join(', ')}`
}

/** `consul of job "a": …` */
export function unknownText({ config, mechanism, sets, why, near }: UnknownProvider): string {
  const [first = ''] = sets
  const more = sets.length > 1 ? ` and ${String(sets.length - 1)} more` : ''
  const whose = config === 'before' ? 'the old config, ' : ''
  const [other = ''] = near?.sets ?? []
  const same =
    near === undefined
      ? ''
      : near.differs.length === 0
        ? `; ${JSON.stringify(other)} asks the same`
        : `; ${JSON.stringify(other)} asks the same server with other ${near.differs.join(', ')}`
  return visibleLine(`${whose}${mechanism} of ${JSON.stringify(first)}${more}: ${why}${same}`)
}
