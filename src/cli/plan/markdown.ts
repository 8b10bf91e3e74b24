import { visibleLine } from '../../go/visible.js'
import type { JobPlan, Plan } from '../../plan/index.js'
import {
  changesText,
  counted,
  earlierText,
  headline,
  reasonText,
  ruleText,
  unknownText,
} from './words.js'

/** What a bot finds its own comment by, to replace it. */
const marker = '<!-- muster plan -->'

/** GitHub takes 65,536 characters for a comment. */
const mostCharacters = 60_000

/** No reader wants a table of more jobs than this. */
const mostRows = 100

const cut =
  '\n\nThe rest is left out: a comment has no more room. `muster plan` prints all of it.\n'

/**
 * A plan as a comment for a pull request.
 * @param top how many targets of each kind are listed for a job
 * @param beyond the limits that are exceeded, a sentence each
 */
export function markdownText(plan: Plan, top: number, beyond: readonly string[]): string {
  const head = [
    `**${headline(plan, '−')}**`,
    marker,
    '',
    ...beyond.flatMap((sentence) => [`❌ ${code(sentence)}`, '']),
    ...plan.unknown.slice(0, top).flatMap((one) => [`❓ not known: ${code(unknownText(one))}`, '']),
  ]
  const parts = [head.join('\n'), table(plan), ...plan.jobs.map((job) => details(job, top))]
  parts.push(moved(plan, top), alertmanagers(plan, top))
  let text = ''
  for (const part of parts) {
    if (part === '') continue
    if (text.length + part.length + cut.length > mostCharacters) return `${text.trimEnd()}${cut}`
    text += `${part}\n`
  }
  return `${text.trimEnd()}\n`
}

function table(plan: Plan): string {
  if (plan.jobs.length === 0) return ''
  const rows = plan.jobs.slice(0, mostRows).map(({ job, kind, before, after, counts, unknown }) => {
    const { removed, added, relabelled, asked, moved: left } = counts
    const name = `${code(job)}${kind === 'changed' ? '' : ` (${kind})`}${unknown.length > 0 ? ' ❓' : ''}`
    const cells = [name, before, after, removed, added, relabelled, asked, left]
    return `| ${cells.join(' | ')} |`
  })
  const left = plan.jobs.length - rows.length
  return [
    '| job | before | after | removed | added | relabelled | scraped in another way | moved |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    '',
    ...(left > 0 ? [`and ${counted(left, 'more job')}`, ''] : []),
  ].join('\n')
}

function details(job: JobPlan, top: number): string {
  const lines = [
    ...job.settings.map(
      ({ key, before, after }) =>
        `${code(key)}: ${code(before ?? 'none')} → ${code(after ?? 'none')}`,
    ),
    ...job.unknown.map((why) => `❓ what it will have is not known: ${code(why)}`),
    ...job.removedBy.map(({ by, targets }) => `${code(ruleText(by))} removes ${String(targets)}`),
    ...listed(job.removed, job.counts.removed, top, (one) => [
      `− ${code(one.scrapeUrl)}: ${code(reasonText(one.reason))}`,
    ]),
    ...listed(job.added, job.counts.added, top, (one) => [
      `\\+ ${code(one.scrapeUrl)}: ${code(earlierText(one.before))}`,
    ]),
    ...listed(job.changed, job.counts.relabelled + job.counts.asked, top, (one) => [
      `~ ${code(one.after.scrapeUrl)}: ${changesText(one).map(code).join(', ')}`,
    ]),
  ]
  return block(`job ${job.job}`, lines)
}

function moved(plan: Plan, top: number): string {
  return block(
    'moved to another job',
    listed(plan.moved, plan.totals.moved, top, ({ from, to, after }) => [
      `${code(after.scrapeUrl)}: ${code(from)} → ${code(to)}`,
    ]),
  )
}

function alertmanagers(plan: Plan, top: number): string {
  const lines = plan.alertmanagers.flatMap(({ section, settings, added, removed }) => [
    ...settings.map(({ key, before, after }) => {
      return `${code(section)}: ${code(key)}: ${code(before ?? 'none')} → ${code(after ?? 'none')}`
    }),
    ...listed(removed, removed.length, top, ({ url, reason }) => [
      `${code(section)}: − ${code(url)}: ${code(reasonText(reason))}`,
    ]),
    ...listed(added, added.length, top, (url) => [`${code(section)}: \\+ ${code(url)}`]),
  ])
  return block('Alertmanagers', lines)
}

function listed<T>(
  all: readonly T[],
  count: number,
  top: number,
  lines: (one: T) => readonly string[],
): readonly string[] {
  const shown = all.slice(0, top)
  const left = count - shown.length
  return [...shown.flatMap(lines), ...(left > 0 ? [`… and ${String(left)} more`] : [])]
}

function block(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return ''
  const items = lines.map((line) => `- ${line}`)
  return [
    '<details>',
    `<summary>${html(title)}</summary>`,
    '',
    ...items,
    '',
    '</details>',
    '',
  ].join('\n')
}

/** What others wrote, so that it is neither Markdown nor HTML, nor calls anyone. */
function code(text: string): string {
  const line = visibleLine(text).replaceAll('|', '\\|')
  const longest = Math.max(0, ...Array.from(line.matchAll(/`+/g), ([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return longest > 0 || line === '' ? `${fence} ${line} ${fence}` : `${fence}${line}${fence}`
}

function html(text: string): string {
  return visibleLine(text).replace(
    /[&<>"'@`|*_]/g,
    (character) => `&#${String(character.charCodeAt(0))};`,
  )
}
