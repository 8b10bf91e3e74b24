import type { Labels } from '../../labels/index.js'
import type { Expectation } from './expectation.js'

/** What a column of a table says. */
export interface TableColumn {
  /** `in`: a label that is discovered; `out`: a label after relabelling; the others are what is expected. */
  readonly role: 'in' | 'out' | 'result' | 'url'
  /** Of the label. */
  readonly name: string
}

interface Table {
  readonly columns: readonly string[]
  readonly expect_column: string
  readonly url_column: string
}

/**
 * What the columns say: names that begin with two underscores are discovered, others come out of the rules;
 * `in:` and `out:` in front of a name say it outright.
 */
export function columnsOf(table: Table): readonly TableColumn[] {
  return table.columns.map((column): TableColumn => {
    if (column === table.expect_column) return { role: 'result', name: column }
    if (column === table.url_column) return { role: 'url', name: column }
    const [, role, name = ''] = /^(in|out):(.*)$/s.exec(column) ?? []
    if (role === 'in' || role === 'out') return { role, name }
    return { role: column.startsWith('__') ? 'in' : 'out', name: column }
  })
}

/** What a row gives to the rules, and what it expects of them. */
export interface TableRow {
  readonly labels: Labels
  readonly expect: Expectation
}

const nothing: Expectation = {
  labels: undefined,
  include: undefined,
  present: [],
  absent: [],
  url: undefined,
  dropped: undefined,
  fails: undefined,
  active: undefined,
  golden: undefined,
  each: undefined,
}

/**
 * Reads a row.
 * @param shared what the case expects of every row that is kept
 * @returns the reason where the result is none of the words there are
 */
export function readRow(
  columns: readonly TableColumn[],
  row: readonly (string | undefined)[],
  shared: Expectation | undefined,
): TableRow | string {
  // Not objects yet: a label may be called `__proto__`.
  const labels: [name: string, value: string][] = []
  const include: [name: string, value: string][] = []
  const absent: string[] = []
  let url: string | undefined
  let result = 'keep'
  for (const [i, { role, name }] of columns.entries()) {
    const cell = row[i]
    if (role === 'result') result = cell ?? 'keep'
    else if (role === 'url') url = cell
    else if (role === 'in') {
      if (cell !== undefined) labels.push([name, cell])
    } else if (cell === undefined || cell === '') absent.push(name)
    else include.push([name, cell])
  }
  const end = readResult(result)
  if (typeof end === 'string') return end
  // What the rules would have made of a target that does not come out of them cannot be asked.
  if (end.active !== true)
    return { labels: Object.fromEntries(labels), expect: { ...nothing, ...end } }
  return {
    labels: Object.fromEntries(labels),
    expect: {
      ...nothing,
      ...end,
      include: { ...shared?.include, ...Object.fromEntries(include) },
      present: shared?.present ?? [],
      absent: [...(shared?.absent ?? []), ...absent],
      url,
    },
  }
}

/** `keep`, `drop`, `drop:2`, `fail`, `fail:no address` */
function readResult(word: string): Pick<Expectation, 'active' | 'dropped' | 'fails'> | string {
  const none = { active: undefined, dropped: undefined, fails: undefined }
  if (word === 'keep') return { ...none, active: true }
  if (word === 'drop') return { ...none, dropped: true }
  if (word === 'fail') return { ...none, fails: true }
  const [, rule] = /^drop:([1-9][0-9]*)$/.exec(word) ?? []
  if (rule !== undefined) return { ...none, dropped: { rule: Number(rule), place: undefined } }
  const [, reason] = /^fail:(.+)$/s.exec(word) ?? []
  if (reason !== undefined) return { ...none, fails: reason }
  return `unknown result "${word}": keep, drop, drop:N, fail or fail:REASON`
}
