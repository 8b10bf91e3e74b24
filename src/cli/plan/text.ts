import type { JobPlan, Plan } from '../../plan/index.js'
import { type Line, styled } from '../terminal/styled.js'
import {
  changesText,
  counted,
  countsText,
  earlierText,
  headline,
  reasonText,
  ruleText,
  unknownText,
} from './words.js'

/** A plan for a person, a line each. @param top how many targets of each kind are listed for a job */
export function textLines(plan: Plan, top: number): readonly Line[] {
  const lines: Line[] = [styled('bold', headline(plan))]
  for (const job of plan.jobs) lines.push('', ...jobLines(job, top))
  if (plan.moved.length > 0) {
    lines.push('', styled('bold', 'moved to another job'))
    for (const one of plan.moved.slice(0, top)) {
      lines.push(
        styled('yellow', `  > ${one.after.scrapeUrl}: ${quoted(one.from)} → ${quoted(one.to)}`),
      )
    }
    lines.push(...more(plan.totals.moved, Math.min(top, plan.moved.length)))
  }
  for (const { section, kind, before, after, settings, added, removed } of plan.alertmanagers) {
    const what = kind === 'changed' ? '' : `${kind}, `
    const counts = `${String(before)} → ${counted(after, 'Alertmanager')}`
    lines.push('', styled('bold', `alertmanagers ${section}: ${what}${counts}`))
    lines.push(...settings.map(settingLine))
    for (const { url, reason } of removed.slice(0, top)) {
      lines.push(styled('red', `  - ${url}: ${reasonText(reason)}`))
    }
    lines.push(...more(removed.length, Math.min(top, removed.length)))
    for (const url of added.slice(0, top)) lines.push(styled('green', `  + ${url}`))
    lines.push(...more(added.length, Math.min(top, added.length)))
  }
  if (plan.unknown.length > 0) {
    lines.push('', styled('bold', 'not known'))
    for (const one of plan.unknown) lines.push(styled('yellow', `  ? ${unknownText(one)}`))
  }
  if (plan.unchangedJobs > 0) lines.push('', `= ${counted(plan.unchangedJobs, 'job')} unchanged`)
  return lines
}

function jobLines(job: JobPlan, top: number): readonly Line[] {
  const lines: Line[] = [styled('bold', `job ${quoted(job.job)}: ${countsText(job)}`)]
  lines.push(...job.settings.map(settingLine))
  for (const why of job.unknown) {
    lines.push(styled('yellow', `  ? what it will have is not known: ${why}`))
  }
  for (const { by, targets } of job.removedBy) {
    lines.push(`  ${ruleText(by)} removes ${String(targets)}`)
  }
  for (const one of job.removed.slice(0, top)) {
    lines.push(
      styled('red', `  - ${one.scrapeUrl} ${labels(one.labels)}: ${reasonText(one.reason)}`),
    )
  }
  lines.push(...more(job.counts.removed, Math.min(top, job.removed.length)))
  for (const one of job.added.slice(0, top)) {
    lines.push(
      styled('green', `  + ${one.scrapeUrl} ${labels(one.labels)}: ${earlierText(one.before)}`),
    )
  }
  lines.push(...more(job.counts.added, Math.min(top, job.added.length)))
  for (const one of job.changed.slice(0, top)) {
    lines.push(styled('yellow', `  ~ ${one.after.scrapeUrl}`))
    lines.push(...changesText(one).map((text) => `      ${text}`))
  }
  const { relabelled, asked } = job.counts
  lines.push(...more(relabelled + asked, Math.min(top, job.changed.length)))
  return lines
}

function settingLine({ key, before, after }: JobPlan['settings'][number]): Line {
  if (before === '…' && after === '…') return `  ${key}: others`
  return `  ${key}: ${before ?? 'none'} → ${after ?? 'none'}`
}

function more(all: number, listed: number): readonly Line[] {
  return all > listed ? [styled('dim', `    … and ${String(all - listed)} more`)] : []
}

function quoted(text: string): string {
  return JSON.stringify(text)
}

function labels(set: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(set).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `{${pairs.join(', ')}}`
}
