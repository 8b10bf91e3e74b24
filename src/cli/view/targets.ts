import { goQuote } from '../../go/quote.js'
import { labelValue } from '../../labels/index.js'
import { parseQuery, QueryError } from '../../scrape/search/index.js'
import { UsageError } from '../flags.js'
import type { Host } from '../host.js'
import type { Plain } from '../terminal/document.js'
import { type Line, type Part, styled } from '../terminal/styled.js'
import { type Column, table } from '../terminal/table.js'
import { AskError, type MusterApi, notMuster } from '../why/api.js'
import { type ItemElement, searchAnswer, type SearchElement } from './answers.js'
import { type Look, view } from './run.js'
import type { ViewFlags } from './view-flags.js'

export interface TargetsFlags extends ViewFlags {
  readonly limit: number
  readonly sort?: string
  readonly group?: string
  readonly in?: string
}

// As many as the server gives at once.
const pageSize = 500

/**
 * Shows the targets of a running muster that a query finds.
 * @returns the exit code: 0 where some are found, 1 for none, 3 when the server cannot be asked
 * @throws {UsageError} when a flag or the query cannot be used
 */
export async function targets(
  words: readonly string[],
  flags: TargetsFlags,
  host: Host,
  userAgent: string,
): Promise<number> {
  const q = words.join(' ')
  checkQuery(q)
  return await view('targets', flags, host, userAgent, (api) => ask(api, q, flags))
}

/** Before the server is asked: what is wrong with it is a matter of the command line. */
function checkQuery(q: string): void {
  try {
    parseQuery(q)
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    throw new UsageError(`the query ${JSON.stringify(q)}, ${error.message}`, { cause: error })
  }
}

async function ask(api: MusterApi, q: string, flags: TargetsFlags): Promise<Look> {
  const { limit, group } = flags
  const answer = await page(api, q, flags, 0)
  const items = [...answer.items]
  const groups = [...answer.groups]
  for (;;) {
    const shown = items.length + groups.length
    const all = group === undefined ? answer.matched : answer.matchedGroups
    if (shown === 0 || shown >= Math.min(limit, all)) break
    const next = await page(api, q, flags, shown)
    items.push(...next.items)
    groups.push(...next.groups)
    // What has gone meanwhile does not come any more.
    if (next.items.length + next.groups.length === 0) break
  }
  const all = { ...answer, items, groups }
  return {
    document: documentOf(all, group),
    isFound: answer.matched > 0,
    lines: (width, isWide) => {
      const rows =
        group === undefined ? itemTable(items, width, isWide) : groupTable(all, group, width)
      return [...rows, summary(all, group)]
    },
  }
}

async function page(
  api: MusterApi,
  q: string,
  flags: TargetsFlags,
  offset: number,
): Promise<SearchElement> {
  const { limit, sort, group, job = [], state = [] } = flags
  const query: readonly (readonly [string, string])[] = [
    ['q', q],
    ['offset', String(offset)],
    ['limit', String(Math.min(pageSize, limit - offset))],
    ...(sort === undefined ? [] : [['sort', sort] as const]),
    ...(group === undefined ? [] : [['group', group] as const]),
    ...(flags.in === undefined ? [] : [['in', flags.in] as const]),
    ...job.map((name) => ['pool', name] as const),
    ...state.map((name) => ['state', name] as const),
  ]
  const answer = await api.data(searchAnswer, '/targets/search', query)
  // Every answer of muster has one: what has none is a page of some other server.
  if (answer?.version === '') throw notMuster('/targets/search', 'it has no version')
  if (answer !== undefined) return answer
  throw new AskError('the server has no /api/v1/targets/search: is it this version of muster?')
}

function documentOf(answer: SearchElement, group: string | undefined): Plain {
  const { items, groups, total, matched, byState } = answer
  const counts = { total, matched, byState }
  if (group !== undefined) {
    return { ...counts, groups: groups.map(({ value, count }) => ({ value, count })) }
  }
  return {
    ...counts,
    items: items.map(({ rule, held, restored, ...item }) => ({
      ...item,
      ...(held && { held }),
      ...(restored && { restored }),
      ...(rule && { rule: { ...rule } }),
    })),
  }
}

const stateStyles = { active: 'green', dropped: 'yellow', failed: 'red' } as const

function stateOf({ state, held, restored }: ItemElement): Part {
  const marks = [...(held ? ['held'] : []), ...(restored ? ['restored'] : [])]
  const text = [state, ...marks].join(', ')
  const style = Object.entries(stateStyles).find(([name]) => name === state)?.[1]
  return style === undefined ? text : styled(style, text)
}

function itemTable(items: readonly ItemElement[], width: number, isWide: boolean): readonly Line[] {
  if (items.length === 0) return []
  const columns: readonly Column[] = [
    { title: 'STATE' },
    { title: 'JOB', least: 8 },
    { title: 'TARGET', least: 20 },
    ...(isWide ? [{ title: 'PROVIDER' }, { title: 'SINCE' }, { title: 'ID' }] : []),
    { title: 'LABELS', least: 12 },
  ]
  const rows = items.map((item) => [
    stateOf(item),
    item.pool,
    item.scrapeUrl ?? labelValue(item.discoveredLabels, '__address__'),
    ...(isWide ? [item.provider, item.since ?? '', item.id] : []),
    aboutOf(item),
  ])
  return table(columns, rows, isWide ? Infinity : width)
}

/** What tells a target from others: its labels, or why it is none. */
function aboutOf({ labels, rule, error, discoveredLabels }: ItemElement): string {
  if (rule !== undefined) {
    const place = rule.place === undefined ? '' : ` (${rule.place})`
    return `rule ${String(rule.number)}${place}: ${rule.action}`
  }
  if (error !== undefined) return error
  const shown = Object.entries(labels ?? discoveredLabels)
    // The columns before have them.
    .filter(([name]) => name !== 'job' && name !== 'instance')
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return shown.map(([name, value]) => `${name}=${goQuote(value)}`).join(' ')
}

function groupTable({ groups }: SearchElement, label: string, width: number): readonly Line[] {
  const columns: readonly Column[] = [
    { title: 'TARGETS', align: 'right' },
    { title: label, least: 8 },
  ]
  const rows = groups.map(({ value, count }) => [number(count), value === '' ? '(none)' : value])
  return rows.length === 0 ? [] : table(columns, rows, width)
}

function summary(answer: SearchElement, group: string | undefined): Line {
  const { matched, total, byState, items, groups, matchedGroups } = answer
  const states = Object.entries(byState).flatMap(([state, count]) =>
    count === 0 ? [] : [`${number(count)} ${state}`],
  )
  const [shown, all] =
    group === undefined ? [items.length, matched] : [groups.length, matchedGroups]
  const what = states.length === 0 ? '' : ` (${states.join(', ')})`
  const cut = shown < all ? `; ${number(shown)} are shown, see --limit` : ''
  return styled('dim', `${number(matched)} of ${number(total)} targets${what}${cut}`)
}

function number(count: number): string {
  return count.toLocaleString('en')
}
